package org.sd15.importer.lora;

import static org.sd15.importer.lora.LoraPart.IA3_L;
import static org.sd15.importer.lora.LoraPart.IA3_WEIGHT;
import static org.sd15.importer.lora.LoraPart.ON_INPUT;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * (IA)3. LyCORIS's form says which channels are meant and leaves the bias as it is. PEFT's scales the
 * bias as well, and shows by its shape which channels are meant; for a convolution with as many inputs as outputs only its
 * configuration does.
 */
final class ScalingReader implements ChangeReader {

    @Override
    public boolean isComplete(Set<LoraPart> parts) {
        boolean lycoris = parts.contains(IA3_WEIGHT) && parts.contains(ON_INPUT);
        return lycoris != parts.contains(IA3_L);
    }

    @Override
    public void check(ModuleTensors tensors, LoraProblems problems) {
        if (tensors.has(IA3_L)) {
            checkPeft(tensors, problems);
        } else if (tensors.info(ON_INPUT).length() != 1) {
            tensors.wrongShape(problems, ON_INPUT, "one number");
        } else {
            long channels = onInput(tensors) ? tensors.in() : tensors.out();
            if (tensors.info(IA3_WEIGHT).length() != channels) {
                tensors.wrongShape(problems, IA3_WEIGHT, channels + " numbers");
            }
        }
    }

    private static void checkPeft(ModuleTensors tensors, LoraProblems problems) {
        if (tensors.weight().shape().length > 2) {
            long length = tensors.info(IA3_L).length();
            if (length != tensors.in() && length != tensors.out()) {
                tensors.wrongShape(
                        problems, IA3_L, "[1, %d, 1, 1] or [1, %d, 1, 1]".formatted(tensors.out(), tensors.in()));
            }
        } else if (!tensors.info(IA3_L).spec().fits(tensors.out(), 1)
                && !tensors.info(IA3_L).spec().fits(1, tensors.in())) {
            tensors.wrongShape(problems, IA3_L, "[%d, 1] or [1, %d]".formatted(tensors.out(), tensors.in()));
        }
    }

    private static boolean onInput(ModuleTensors tensors) {
        return tensors.number(ON_INPUT) != 0;
    }

    @Override
    public WeightChange read(ModuleTensors tensors, AdapterMetadata adapters) {
        if (!tensors.has(IA3_L)) {
            return new Scaling(tensors.load(IA3_WEIGHT), onInput(tensors) ? Axis.INPUT : Axis.OUTPUT);
        }
        INDArray factors = tensors.load(IA3_L).castTo(DataType.FLOAT).dup('c');
        boolean input = isOfInputs(tensors, adapters);
        return new Scaling(factors.subi(1), input ? Axis.INPUT : Axis.OUTPUT);
    }

    private static boolean isOfInputs(ModuleTensors tensors, AdapterMetadata adapters) {
        if (tensors.weight().shape().length == 2) {
            return !tensors.info(IA3_L).spec().fits(tensors.out(), 1);
        }
        return tensors.in() == tensors.out()
                ? adapters.isFeedforward(tensors.module())
                : tensors.info(IA3_L).length() == tensors.in();
    }

    @Override
    public @Nullable WeightChange bias(ModuleTensors tensors, WeightChange change) {
        boolean scaled = tensors.has(IA3_L) && change instanceof Scaling scaling && scaling.axis() == Axis.OUTPUT;
        return scaled ? change : null;
    }
}
