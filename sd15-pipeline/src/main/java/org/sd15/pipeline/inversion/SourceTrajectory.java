package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.EditProgram;

/**
 * Direct inversion: resets the source picture to the trajectory of its inversion after each step, so that the targets
 * attend to the exact source. Only row 0 is changed.
 *
 * @param inversion of the source picture
 * @param skipped steps of the inversion that the run leaves out at the start
 * @see <a href="https://arxiv.org/abs/2310.01506">Ju et al., Direct Inversion: Boosting Diffusion-based Editing with 3
 *     Lines of Code</a>
 */
public record SourceTrajectory(Inversion inversion, int skipped) implements EditProgram {

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        INDArray held = latents.dup('c');
        held.slice(0)
                .assign(inversion.level(inversion.steps() - skipped - step - 1).slice(0));
        return held;
    }
}
