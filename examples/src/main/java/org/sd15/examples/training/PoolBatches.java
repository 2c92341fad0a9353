package org.sd15.examples.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.examples.training.PictogramRecipe.Model;
import org.sd15.examples.training.PictogramRecipe.Stage;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.data.Captions;

/**
 * Batches of pools of scenes, a pool a stage. A batch is a function of the seed and of its number, which is the only state.
 *
 * <p>Time steps of a batch are evenly spread with one shift for all, so that each batch sees every amount of noise: the
 * gradient is as before in the mean, and scatters less.
 *
 * @see <a href="https://arxiv.org/abs/2107.00630">Kingma et al., Variational Diffusion Models, section I.1</a>
 */
final class PoolBatches implements BatchSource {

    private static final String BATCHES = "batches";

    private final Model model;
    private final IntFunction<ScenePool> pools;
    private final Captions captions;
    private final int timesteps;
    private final long seed;
    private int batches;

    /**
     * Batches.
     *
     * @param pools a pool for a number of pictograms
     * @param timesteps of the noise schedule
     */
    PoolBatches(Model model, IntFunction<ScenePool> pools, Captions captions, int timesteps, long seed) {
        this.model = model;
        this.pools = pools;
        this.captions = captions;
        this.timesteps = timesteps;
        this.seed = seed;
    }

    @Override
    public TrainingBatch next() {
        Stage stage = model.stage(batches);
        ScenePool pool = pools.apply(stage.pictograms());
        long own = seed * 1_000_003 + batches++;
        TorchRandom random = new TorchRandom(own);
        int[] numbers = new Random(own * 0x9E3779B97F4A7C15L)
                .ints(stage.batch(), 0, pool.size())
                .toArray();
        List<String> texts = new ArrayList<>();
        for (int number : numbers) {
            boolean dropped = random.randDoubles(1)[0] < model.captionDropout();
            texts.add(dropped ? "" : pool.caption(number));
        }
        INDArray clean = pool.latents(numbers);
        INDArray noise = random.randn(clean.shape());
        INDArray shared = random.randn(clean.size(0), clean.size(1), 1, 1);
        noise.addi(shared.muli(model.offsetNoise()));
        return TrainingBatch.of(clean, noise, times(stage.batch(), random), captions.of(texts));
    }

    private int[] times(int count, TorchRandom random) {
        double shift = random.randDoubles(1)[0];
        int[] times = new int[count];
        for (int row = 0; row < count; row++) {
            times[row] = (int) ((row + shift) / count * timesteps);
        }
        return times;
    }

    @Override
    public void save(TrainingState into) {
        into.remark(BATCHES, batches);
    }

    @Override
    public void restore(TrainingState from) {
        batches = from.number(BATCHES);
    }
}
