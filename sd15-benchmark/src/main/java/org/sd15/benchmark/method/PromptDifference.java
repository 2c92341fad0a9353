package org.sd15.benchmark.method;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.heatmap.HeatMap;

/**
 * Where two prompts make a model see different things in a picture: the mean difference of what it takes for noise.
 *
 * @see <a href="https://arxiv.org/abs/2210.11427">Couairon et al., DiffEdit, section 3.2</a>
 */
final class PromptDifference {

    private static final int TIMESTEP = 400;
    private static final int NOISES = 6;

    private PromptDifference() {}

    /**
     * The map.
     *
     * @param latents of the picture, {@code [1, 4, h, w]}
     */
    static HeatMap of(StableDiffusion model, INDArray latents, String source, String target) {
        INDArray sum = latents.mul(0);
        for (int seed = 0; seed < NOISES; seed++) {
            NoisedPictures noised = NoisedPictures.of(model, latents, TIMESTEP, seed);
            sum.addi(Transforms.abs(noised.predicted(target).sub(noised.predicted(source)), false));
        }
        INDArray map = sum.mean(0, 1).castTo(DataType.FLOAT); // [h, w]
        return new HeatMap(map.dup('c').data().asFloat(), (int) map.size(0), (int) map.size(1));
    }
}
