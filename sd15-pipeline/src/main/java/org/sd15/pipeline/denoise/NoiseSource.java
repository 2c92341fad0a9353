package org.sd15.pipeline.denoise;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Where the noise of stochastic steps comes from. */
@FunctionalInterface
public interface NoiseSource {

    /** Standard normal noise for a step. */
    INDArray draw(int step, long... shape);

    /**
     * Noise that is given.
     *
     * @param noise {@code [steps, pictures, 4, h, w]}
     */
    static NoiseSource of(INDArray noise) {
        return (step, shape) -> {
            if (step >= noise.size(0)) {
                throw new IllegalArgumentException(
                        "the noise has %d steps, step %d needs one as well".formatted(noise.size(0), step));
            }
            INDArray drawn = noise.get(NDArrayIndex.point(step)).dup('c');
            if (!Arrays.equals(drawn.shape(), shape)) {
                throw new IllegalArgumentException("the noise of a step is %s, must be %s"
                        .formatted(Arrays.toString(drawn.shape()), Arrays.toString(shape)));
            }
            return drawn;
        };
    }
}
