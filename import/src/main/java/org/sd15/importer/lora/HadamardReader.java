package org.sd15.importer.lora;

import static org.sd15.importer.lora.LoraPart.HADA_T1;
import static org.sd15.importer.lora.LoraPart.HADA_T2;
import static org.sd15.importer.lora.LoraPart.HADA_W1_A;
import static org.sd15.importer.lora.LoraPart.HADA_W1_B;
import static org.sd15.importer.lora.LoraPart.HADA_W2_A;
import static org.sd15.importer.lora.LoraPart.HADA_W2_B;

import java.util.Set;

/** LoHa; with {@code hada_t1} and {@code hada_t2} the kernels are in those. */
final class HadamardReader implements ChangeReader {

    private static final Set<LoraPart> MATRICES = Set.of(HADA_W1_A, HADA_W1_B, HADA_W2_A, HADA_W2_B);

    @Override
    public boolean isComplete(Set<LoraPart> parts) {
        return parts.containsAll(MATRICES) && parts.contains(HADA_T1) == parts.contains(HADA_T2);
    }

    @Override
    public void check(ModuleTensors tensors, LoraProblems problems) {
        long rank = tensors.size(HADA_W1_B, 0);
        if (tensors.has(HADA_T1)) {
            for (LoraPart core : new LoraPart[] {HADA_T1, HADA_T2}) {
                tensors.require(problems, core, ModuleTensors.shape(rank, rank, tensors.kernel()));
            }
        }
        boolean tucker = tensors.has(HADA_T1);
        for (LoraPart left : new LoraPart[] {HADA_W1_A, HADA_W2_A}) {
            tensors.require(problems, left, tucker ? rank : tensors.out(), tucker ? tensors.out() : rank);
        }
        for (LoraPart right : new LoraPart[] {HADA_W1_B, HADA_W2_B}) {
            tensors.require(problems, right, rank, tucker ? tensors.in() : tensors.in() * tensors.taps());
        }
    }

    @Override
    public WeightDelta read(ModuleTensors tensors, AdapterMetadata adapters) {
        long rank = tensors.size(HADA_W1_B, 0);
        Factor first = factor(tensors, HADA_T1, HADA_W1_A, HADA_W1_B);
        Factor second = factor(tensors, HADA_T2, HADA_W2_A, HADA_W2_B);
        return new HadamardLayer(first, second, adapters.lycorisAlpha(tensors, rank), rank);
    }

    private static Factor factor(ModuleTensors tensors, LoraPart core, LoraPart left, LoraPart right) {
        return tensors.has(core)
                ? new Factor.Tucker(tensors.load(core), tensors.load(left), tensors.load(right))
                : new Factor.Product(tensors.load(left), tensors.load(right));
    }
}
