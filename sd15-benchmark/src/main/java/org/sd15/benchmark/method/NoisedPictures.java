package org.sd15.benchmark.method;

import java.util.List;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.inversion.NoisePredictor;
import org.sd15.pipeline.random.TorchRandom;

/**
 * Pictures under so much noise that a model has to guess what they show: what it takes for noise tells how well a
 * prompt fits them, and where. All pictures get the same noise, so that they can be compared.
 *
 * @param model guesses
 * @param noised latents under noise, {@code [pictures, 4, h, w]}
 * @param noise that was added, same shape
 * @param timestep of the training: how much noise
 */
record NoisedPictures(StableDiffusion model, INDArray noised, INDArray noise, int timestep) {

    /**
     * Adds noise to pictures.
     *
     * @param latents {@code [pictures, 4, h, w]}
     * @param seed of the noise
     */
    static NoisedPictures of(StableDiffusion model, INDArray latents, int timestep, long seed) {
        INDArray one = new TorchRandom(seed).randn(1, latents.size(1), latents.size(2), latents.size(3));
        INDArray noise = BatchAxis.repeat(one, latents.size(0));
        int[] timesteps = LongStream.range(0, latents.size(0))
                .mapToInt(picture -> timestep)
                .toArray();
        INDArray noised = model.scheduler("ddim").noiseSchedule().addNoise(latents, noise, timesteps);
        return new NoisedPictures(model, noised, noise, timestep);
    }

    /** What the model takes for noise if the pictures show this, {@code [pictures, 4, h, w]}. */
    INDArray predicted(String prompt) {
        INDArray context = BatchAxis.repeat(model.encode(List.of(prompt), 0), noised.size(0));
        return NoisePredictor.of(model.unet()).predict(noised, timestep, context);
    }
}
