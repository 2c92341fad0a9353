package org.sd15.importer.lora;

import static org.sd15.importer.lora.LoraPart.ALPHA;
import static org.sd15.importer.lora.LoraPart.DOWN;
import static org.sd15.importer.lora.LoraPart.MID;
import static org.sd15.importer.lora.LoraPart.UP;

import java.util.Set;

/** LoRA, for convolutions too, with the kernel in {@code down} or in the middle. */
final class LowRankReader implements ChangeReader {

    @Override
    public boolean isComplete(Set<LoraPart> parts) {
        return parts.contains(DOWN) && parts.contains(UP);
    }

    @Override
    public void check(ModuleTensors tensors, LoraProblems problems) {
        long rank = tensors.size(DOWN, 0);
        if (tensors.has(MID)) {
            tensors.require(problems, DOWN, rank, tensors.in());
            tensors.require(problems, MID, ModuleTensors.shape(rank, rank, tensors.kernel()));
        } else {
            tensors.require(problems, DOWN, ModuleTensors.shape(rank, tensors.in(), tensors.kernel()));
        }
        tensors.require(problems, UP, tensors.out(), rank);
    }

    @Override
    public WeightDelta read(ModuleTensors tensors, AdapterMetadata adapters) {
        long rank = tensors.size(DOWN, 0);
        if (tensors.has(MID)) {
            double alpha = adapters.lycorisAlpha(tensors, rank);
            return new TuckerLayer(tensors.load(DOWN), tensors.load(MID), tensors.load(UP), alpha);
        }
        double alpha = tensors.has(ALPHA) ? tensors.number(ALPHA) : adapters.alpha(tensors.module(), rank);
        return new LoraLayer(tensors.load(DOWN), tensors.load(UP), alpha);
    }
}
