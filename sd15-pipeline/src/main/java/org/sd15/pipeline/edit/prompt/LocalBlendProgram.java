package org.sd15.pipeline.edit.prompt;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditProgram;

/**
 * Keeps the edits of a run local.
 *
 * @param run the blend of that run
 */
public record LocalBlendProgram(LocalBlendRun run) implements EditProgram {

    @Override
    public Collection<String> taps(int step) {
        return run.sites().stream().map(AttentionSite::probs).toList();
    }

    @Override
    public void observe(int step, Map<String, INDArray> maps) {
        run.observe(step, site -> Objects.requireNonNull(maps.get(site.probs())));
    }

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        return run.blend(step, latents);
    }
}
