package org.sd15.pipeline.denoise;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;

/**
 * A program for each step of a run: one that is made for the prompts of the step, where they change.
 *
 * @param programs one a step; the same one for several steps
 */
public record ByStep(List<EditProgram> programs) implements EditProgram {

    /** Copies the list. */
    public ByStep {
        programs = List.copyOf(programs);
    }

    @Override
    public AttentionPlan plan(AttentionPlan plan, List<AttentionSite> sites) {
        AttentionPlan all = plan;
        for (EditProgram program : new LinkedHashSet<>(programs)) {
            all = program.plan(all, sites);
        }
        return all;
    }

    @Override
    public AttentionControl control(int step, AttentionControl control) {
        return programs.get(step).control(step, control);
    }

    @Override
    public INDArray context(int step, INDArray context) {
        return programs.get(step).context(step, context);
    }

    @Override
    public Collection<String> taps(int step) {
        return programs.get(step).taps(step);
    }

    @Override
    public void observe(int step, Map<String, INDArray> maps) {
        programs.get(step).observe(step, maps);
    }

    @Override
    public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        return programs.get(step).combineNoise(step, rows, combined);
    }

    @Override
    public INDArray beforeStep(int step, INDArray latents, StepModel model) {
        return programs.get(step).beforeStep(step, latents, model);
    }

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        return programs.get(step).afterStep(step, latents);
    }
}
