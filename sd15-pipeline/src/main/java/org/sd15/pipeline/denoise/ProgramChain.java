package org.sd15.pipeline.denoise;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;

/** Programs one after the other; a later one works on what an earlier one left. */
record ProgramChain(List<EditProgram> programs) implements EditProgram {

    @Override
    public AttentionPlan plan(AttentionPlan plan, List<AttentionSite> sites) {
        AttentionPlan all = plan;
        for (EditProgram program : programs) {
            all = program.plan(all, sites);
        }
        return all;
    }

    @Override
    public AttentionControl control(int step, AttentionControl control) {
        AttentionControl all = control;
        for (EditProgram program : programs) {
            all = program.control(step, all);
        }
        return all;
    }

    @Override
    public INDArray context(int step, INDArray context) {
        INDArray states = context;
        for (EditProgram program : programs) {
            states = program.context(step, states);
        }
        return states;
    }

    @Override
    public Collection<String> taps(int step) {
        Set<String> all = new LinkedHashSet<>();
        programs.forEach(program -> all.addAll(program.taps(step)));
        return all;
    }

    @Override
    public void observe(int step, Map<String, INDArray> maps) {
        programs.forEach(program -> program.observe(step, maps));
    }

    @Override
    public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        INDArray prediction = combined;
        for (EditProgram program : programs) {
            prediction = program.combineNoise(step, rows, prediction);
        }
        return prediction;
    }

    @Override
    public INDArray beforeStep(int step, INDArray latents, StepModel model) {
        INDArray x = latents;
        for (EditProgram program : programs) {
            x = program.beforeStep(step, x, model);
        }
        return x;
    }

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        INDArray x = latents;
        for (EditProgram program : programs) {
            x = program.afterStep(step, x);
        }
        return x;
    }
}
