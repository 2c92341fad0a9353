package org.sd15.pipeline.denoise;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.random.BrownianTree;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.BrownianNoise;

/**
 * Noise that is the increments of a Brownian motion over a run's levels: one for all pictures, or where each has a seed
 * of its own one for each. A motion that has no seed takes one from the generator of the pictures when it is first asked.
 */
final class BrownianSource implements NoiseSource {

    private final BrownianNoise noise;
    private final PictureRandom random;
    private final List<BrownianTree> trees = new ArrayList<>();

    BrownianSource(BrownianNoise noise, PictureRandom random) {
        this.noise = noise;
        this.random = random;
    }

    @Override
    public INDArray draw(int step, long... shape) {
        if (trees.isEmpty()) {
            plant(shape);
        }
        double from = noise.levels().get(step);
        double to = noise.levels().get(step + 1);
        INDArray[] increments = trees.stream()
                .map(tree -> tree.increment(to, from).divi(-(float) Math.sqrt((float) from - (float) to)))
                .toArray(INDArray[]::new);
        return Nd4j.concat(0, increments).reshape(shape);
    }

    private void plant(long... shape) {
        Long seed = noise.seed();
        int generators = random.generators().size();
        if (seed != null || generators == 1) {
            trees.add(tree(seed == null ? seed(random.generators().get(0)) : seed, shape));
            return;
        }
        long[] picture = shape.clone();
        picture[0] = 1;
        random.generators().forEach(generator -> trees.add(tree(seed(generator), picture)));
    }

    private BrownianTree tree(long seed, long... shape) {
        return new BrownianTree(seed, noise.lowest(), noise.highest(), shape);
    }

    /** As {@code torch.randint(0, 2 ** 63 - 1, [])}. */
    private static long seed(TorchRandom generator) {
        return generator.randint(0, Long.MAX_VALUE, 1)[0];
    }
}
