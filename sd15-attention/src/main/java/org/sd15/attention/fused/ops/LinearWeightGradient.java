package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * {@code dW = dy^T x} and {@code db}, the sum of the rows of dy: inputs {@code x [..., in]}, {@code dy [..., out]}.
 */
public record LinearWeightGradient() implements Kernel {

    @Override
    public int outputs() {
        return 2;
    }

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        long in = Shapes.last(inputs.get(0));
        long out = Shapes.last(inputs.get(1));
        return List.of(new long[] {out, in}, new long[] {out});
    }

    @Override
    public double flops(List<long[]> inputs) {
        return 2.0 * Shapes.length(inputs.get(0)) * Shapes.last(inputs.get(1));
    }

    @Override
    public void build(ProgramBuilder program) {
        long rows = Shapes.rows(program.shape(0));
        long in = Shapes.last(program.shape(0));
        long out = Shapes.last(program.shape(1));
        add(
                program,
                program.input(0, Layouts.dense(rows, in)),
                program.input(1, Layouts.dense(rows, out)),
                program.output(0, Layouts.dense(out, in)),
                program.output(1, Layouts.dense(out)));
    }

    /** Adds the steps, for rows that are tokens or pixels. */
    static void add(ProgramBuilder program, Slot x, Slot dy, Slot dw, Slot db) {
        var cpu = OneDnn.engine();
        long[] dims = new long[2];
        dw.layout().get_dims().get(dims);
        desc anyLayout = Layouts.any(dims);
        var forward = new inner_product_forward.primitive_desc(
                cpu, prop_kind.forward_training, x.layout(), anyLayout, db.layout(), dy.layout());
        var backward = new inner_product_backward_weights.primitive_desc(
                cpu,
                x.layout(),
                anyLayout,
                db.layout(),
                dy.layout(),
                forward,
                program.attributes(new PostOps()),
                false);
        Slot result = program.place(dw, backward.diff_weights_desc());
        program.add(
                backward,
                new inner_product_backward_weights(backward),
                Map.of(
                        dnnl.DNNL_ARG_SRC, x,
                        dnnl.DNNL_ARG_DIFF_DST, dy,
                        dnnl.DNNL_ARG_DIFF_WEIGHTS, result,
                        dnnl.DNNL_ARG_DIFF_BIAS, db));
        program.unpack(result, dw);
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
