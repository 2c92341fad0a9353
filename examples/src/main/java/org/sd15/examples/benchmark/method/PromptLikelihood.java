package org.sd15.examples.benchmark.method;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.NoiseSchedule;
import org.sd15.unet.UNetInput;

/**
 * How much better a model explains a picture by the target prompt than by the source prompt: by how much the squared error
 * of its noise prediction falls, over some noise levels, the same noise each time.
 *
 * @see <a href="https://arxiv.org/abs/2303.16203">Li et al., Your Diffusion Model is Secretly a Zero-Shot Classifier</a>
 */
final class PromptLikelihood {

    private static final double[] LEVELS = {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};

    private final StableDiffusion model;
    private final INDArray context;
    private final INDArray noise;
    private final int[] timesteps;
    private final NoiseSchedule schedule;

    PromptLikelihood(Workbench bench) {
        model = bench.model();
        schedule = model.scheduler().noiseSchedule();
        timesteps = Arrays.stream(LEVELS)
                .mapToInt(level -> (int) (level * schedule.timesteps()))
                .toArray();
        INDArray source = model.encode(java.util.List.of(bench.job().source()), 0);
        INDArray target = model.encode(java.util.List.of(bench.job().target()), 0);
        INDArray[] rows = new INDArray[2 * LEVELS.length];
        Arrays.setAll(rows, i -> i < LEVELS.length ? source : target);
        context = Nd4j.concat(0, rows);
        INDArray latents = bench.latents();
        noise = new TorchRandom(bench.seed()).randn(LEVELS.length, latents.size(1), latents.size(2), latents.size(3));
    }

    /** The gain of a picture {@code [1, 3, H, W]}; larger is more like the target. */
    double gain(INDArray picture) {
        INDArray latents =
                model.vae().scale(model.vae().encode(picture.mul(2).sub(1)).mode());
        INDArray[] copies = new INDArray[LEVELS.length];
        Arrays.fill(copies, latents);
        INDArray noised = schedule.addNoise(Nd4j.concat(0, copies), noise, timesteps);
        double[] times = new double[2 * LEVELS.length];
        Arrays.setAll(times, i -> timesteps[i % LEVELS.length]);
        INDArray predicted = model.unet().predict(new UNetInput(Nd4j.concat(0, noised, noised), times, context));
        INDArray error = predicted.sub(Nd4j.concat(0, noise, noise));
        INDArray squares = error.mul(error).mean(1, 2, 3);
        double gain = 0;
        for (int i = 0; i < LEVELS.length; i++) {
            gain += squares.getDouble(i) - squares.getDouble(LEVELS.length + i);
        }
        return gain / LEVELS.length;
    }
}
