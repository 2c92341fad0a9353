package org.sd15.benchmark.method;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.vae.Vae;

/**
 * How well pictures show what a target prompt says and not what the source says, in the eyes of the model itself:
 * noise is added to them, and the error with which it is found again under the target is compared with that under the
 * source. The noises are the same for all pictures.
 *
 * @param model judges
 * @param source prompt
 * @param target prompt
 * @see <a href="https://arxiv.org/abs/2303.16203">Li et al., Your Diffusion Model is Secretly a Zero-Shot
 *     Classifier</a>
 */
record PromptFit(StableDiffusion model, String source, String target) {

    /** Little noise: what the prompts differ in is still to be seen in colours and outlines. */
    private static final List<Integer> TIMESTEPS = List.of(100, 300);

    private static final int NOISES = 3;

    /**
     * The misfit of each picture, the smaller the better: the error under the target as a share of that under the
     * source.
     *
     * @param pictures values from 0 to 1, {@code [pictures, 3, H, W]}
     * @param region where they are looked at, shares from 0 to 1, {@code [h, w]} of the latents
     */
    double[] misfits(INDArray pictures, INDArray region) {
        Vae vae = model.vae();
        INDArray latents = vae.scale(vae.encodePictures(pictures).mode());
        INDArray underTarget = Nd4j.zeros(pictures.size(0));
        INDArray underSource = Nd4j.zeros(pictures.size(0));
        for (int timestep : TIMESTEPS) {
            for (int seed = 0; seed < NOISES; seed++) {
                NoisedPictures noised = NoisedPictures.of(model, latents, timestep, seed);
                underTarget.addi(errors(noised, target, region));
                underSource.addi(errors(noised, source, region));
            }
        }
        return underTarget.div(underSource).data().asDouble();
    }

    /** The squared error of the noise, summed over the region, {@code [pictures]}. */
    private static INDArray errors(NoisedPictures noised, String prompt, INDArray region) {
        INDArray error = noised.predicted(prompt).sub(noised.noise());
        INDArray inside = error.mul(error).mul(region.reshape(1, 1, region.size(0), region.size(1)));
        return inside.sum(1, 2, 3);
    }
}
