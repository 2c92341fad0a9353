package org.sd15.attention.fused.ops;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The gradients of a {@link LayerNormalization}: inputs {@code x}, {@code weight}, {@code bias}, {@code dy}; results
 * {@code dx}, {@code dweight}, {@code dbias}.
 */
public record LayerNormalizationGradient(double eps) implements Kernel {

    @Override
    public int outputs() {
        return 3;
    }

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0), inputs.get(1), inputs.get(2));
    }

    @Override
    public void build(ProgramBuilder program) {
        long channels = Shapes.last(program.shape(0));
        long rows = Shapes.rows(program.shape(0));
        desc layout = Layouts.dense(rows, channels);
        var forward = new LayerNormalization(eps).forward(program, prop_kind.forward_training, layout);
        Map<Integer, Slot> shared = Map.of(
                dnnl.DNNL_ARG_SRC, program.input(0, layout),
                dnnl.DNNL_ARG_SCALE, program.input(1, Layouts.dense(channels)),
                dnnl.DNNL_ARG_SHIFT, program.input(2, Layouts.dense(channels)),
                dnnl.DNNL_ARG_MEAN, program.temporary(Layouts.dense(rows)),
                dnnl.DNNL_ARG_VARIANCE, program.temporary(Layouts.dense(rows)));
        Map<Integer, Slot> again = new LinkedHashMap<>(shared);
        again.put(dnnl.DNNL_ARG_DST, program.output(0, layout)); // overwritten below
        program.add(forward, new layer_normalization_forward(forward), again);
        var description = new layer_normalization_backward.primitive_desc(
                OneDnn.engine(),
                prop_kind.backward.value,
                layout,
                layout,
                layout,
                (float) eps,
                GroupNormalization.FLAGS,
                forward,
                program.attributes(new PostOps()),
                false);
        Map<Integer, Slot> arguments = new LinkedHashMap<>(shared);
        arguments.put(dnnl.DNNL_ARG_DIFF_DST, program.input(3, layout));
        arguments.put(dnnl.DNNL_ARG_DIFF_SRC, program.output(0, layout));
        arguments.put(dnnl.DNNL_ARG_DIFF_SCALE, program.output(1, Layouts.dense(channels)));
        arguments.put(dnnl.DNNL_ARG_DIFF_SHIFT, program.output(2, Layouts.dense(channels)));
        program.add(description, new layer_normalization_backward(description), arguments);
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
