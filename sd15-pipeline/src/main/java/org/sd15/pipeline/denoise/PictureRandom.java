package org.sd15.pipeline.denoise;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.random.TorchRandom;

/**
 * Random numbers for a batch: from one generator, or for each picture from its own.
 *
 * @param generators one, or one a picture
 */
public record PictureRandom(List<TorchRandom> generators) {

    /**
     * Generators of seeds.
     *
     * @param seeds one for the whole batch, or one a picture
     * @throws IllegalArgumentException if there is another number of them
     */
    public static PictureRandom of(List<Long> seeds, int pictures) {
        if (seeds.size() != 1 && seeds.size() != pictures) {
            throw new IllegalArgumentException(
                    "%d seeds for %d pictures: give one, or one each".formatted(seeds.size(), pictures));
        }
        return new PictureRandom(seeds.stream().map(TorchRandom::new).toList());
    }

    /** Standard normal numbers, {@code [pictures, ...]}. */
    public INDArray randn(long... shape) {
        return generators.size() == 1
                ? generators.get(0).randn(shape)
                : TorchRandom.randnBatch(generators, Arrays.copyOfRange(shape, 1, shape.length));
    }
}
