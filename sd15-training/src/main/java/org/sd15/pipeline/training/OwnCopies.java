package org.sd15.pipeline.training;

import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.machine.HalfPrecision;
import org.sd15.attention.machine.MappedPages;

/**
 * Weights of which some are copies, to be written to; the others stay where they are.
 *
 * @param weights what is copied
 * @param copied chooses by name
 */
record OwnCopies(Weights weights, Predicate<String> copied) implements Weights {

    @Override
    public INDArray get(ParameterSpec spec) {
        return copied.test(spec.name()) ? copy(spec) : weights.get(spec);
    }

    @Override
    public INDArray stored(ParameterSpec spec) {
        return copied.test(spec.name()) ? copy(spec) : weights.stored(spec);
    }

    private INDArray copy(ParameterSpec spec) {
        INDArray array = weights.stored(spec);
        INDArray copy = HalfPrecision.is(array.dataType()) ? array.castTo(DataType.FLOAT) : array.dup('c');
        MappedPages.release(array);
        return copy;
    }
}
