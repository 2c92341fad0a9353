package org.sd15.pipeline.edit.prompt;

import java.util.List;
import java.util.function.Predicate;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;

/** Prompt-to-prompt in one run: token maps at all cross attentions, routing at the smaller self attentions. */
public final class PromptToPromptProgram implements EditProgram {

    private final PromptToPromptControls controls;
    private final Predicate<AttentionSite> self;

    /**
     * Ties an edit to a run.
     *
     * @param latents size of the latents
     * @param steps of the run
     * @param rows of the batch
     */
    public PromptToPromptProgram(PromptToPrompt edit, Grid latents, int steps, RowLayout rows) {
        this.controls = edit.over(steps, rows);
        this.self = site -> edit.editsSelf(site, latents);
    }

    @Override
    public AttentionPlan plan(AttentionPlan plan, List<AttentionSite> sites) {
        return plan.map(sites, AttentionSite::isCross).route(sites, self);
    }

    @Override
    public AttentionControl control(int step, AttentionControl control) {
        INDArray routing = controls.selfRouting(step);
        return control.map(AttentionSite::isCross, controls.tokenMap(step))
                .routeQueries(self, routing)
                .routeKeys(self, routing);
    }
}
