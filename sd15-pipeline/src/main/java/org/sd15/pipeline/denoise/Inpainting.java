package org.sd15.pipeline.denoise;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.Sampler;

/**
 * Keeps a picture outside of a mask: after each step, what is kept is put back at the noise of the next.
 *
 * @param sampler of the run
 * @param kept latents of the picture, {@code [pictures, 4, h, w]}
 * @param noise the noise it is given, same shape
 * @param mask 1 where it is painted anew, {@code [1, 1, h, w]}
 * @see <a
 *     href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/pipelines/stable_diffusion/pipeline_stable_diffusion_inpaint.py">
 *     diffusers, pipeline_stable_diffusion_inpaint.py</a>
 */
record Inpainting(Sampler sampler, INDArray kept, INDArray noise, INDArray mask) implements EditProgram {

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        int following = step + 1;
        INDArray known = following < sampler.calls() ? sampler.addNoise(kept, noise, following) : kept;
        return known.mul(mask.rsub(1)).add(latents.mul(mask));
    }
}
