package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/** Layer normalisation: inputs {@code x [..., channels]}, {@code weight [channels]}, {@code bias [channels]}. */
public record LayerNormalization(double eps) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0));
    }

    @Override
    public void build(ProgramBuilder program) {
        long channels = Shapes.last(program.shape(0));
        desc layout = Layouts.dense(Shapes.rows(program.shape(0)), channels);
        var description = forward(program, prop_kind.forward_inference, layout);
        program.add(
                description,
                new layer_normalization_forward(description),
                Map.of(
                        dnnl.DNNL_ARG_SRC, program.input(0, layout),
                        dnnl.DNNL_ARG_SCALE, program.input(1, Layouts.dense(channels)),
                        dnnl.DNNL_ARG_SHIFT, program.input(2, Layouts.dense(channels)),
                        dnnl.DNNL_ARG_DST, program.output(0, layout)));
    }

    layer_normalization_forward.primitive_desc forward(ProgramBuilder program, prop_kind kind, desc layout) {
        return new layer_normalization_forward.primitive_desc(
                OneDnn.engine(),
                kind.value,
                layout,
                layout,
                (float) eps,
                GroupNormalization.FLAGS,
                program.attributes(new PostOps()),
                false);
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return List.of(op.next(new LayerNormalizationGradient(eps), op.arg(0), op.arg(1), op.arg(2), gradients.get(0))
                .outputVariables());
    }
}
