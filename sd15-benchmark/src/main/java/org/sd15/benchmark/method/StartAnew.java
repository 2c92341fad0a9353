package org.sd15.benchmark.method;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.StepModel;
import org.sd15.pipeline.random.TorchRandom;

/**
 * Lets the targets of an edit begin with noise of their own inside of a mask, each with another: nothing of the
 * source is left there. Picture 0 is the source. With {@link org.sd15.pipeline.denoise.KeepOutside} this is blended
 * latent diffusion.
 *
 * @param mask 1 where targets begin anew, 0 elsewhere, {@code [h, w]} of the latents
 * @param seed of the first target; the next one has the next
 * @see <a href="https://arxiv.org/abs/2206.02779">Avrahami et al., Blended Latent Diffusion</a>
 */
record StartAnew(INDArray mask, long seed) implements EditProgram {

    @Override
    public INDArray beforeStep(int step, INDArray latents, StepModel model) {
        if (step > 0) {
            return latents;
        }
        INDArray begun = latents.dup('c');
        INDArray inside = mask.reshape(1, mask.size(0), mask.size(1));
        INDArray source = latents.slice(0).mul(inside.rsub(1)); // [channels, h, w]
        for (int picture = 1; picture < latents.size(0); picture++) {
            INDArray noise =
                    new TorchRandom(seed + picture - 1).randn(latents.size(1), latents.size(2), latents.size(3));
            begun.slice(picture).assign(noise.mul(inside).add(source));
        }
        return begun;
    }
}
