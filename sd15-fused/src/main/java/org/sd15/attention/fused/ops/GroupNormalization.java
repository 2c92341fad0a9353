package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.group_normalization_forward;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Elementwise;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * Group normalisation, then SiLU if asked for: inputs {@code x}, {@code weight [channels]}, {@code bias [channels]}.
 *
 * @param pixels of a picture
 */
public record GroupNormalization(long pixels, long groups, double eps, boolean silu) implements Kernel {

    static final int FLAGS = normalization_flags.use_scale.value | normalization_flags.use_shift.value;
    private static final int GIVEN_STATISTICS = FLAGS | normalization_flags.use_global_stats.value;

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(inputs.get(0));
    }

    @Override
    public void build(ProgramBuilder program) {
        long[] shape = program.shape(0);
        long channels = Shapes.last(shape);
        long rows = Shapes.rows(shape);
        long batch = rows / pixels;
        Slot mean = program.temporary(Layouts.dense(batch, groups));
        Slot variance = program.temporary(Layouts.dense(batch, groups));
        normalize(program, mean, variance, program.output(0, Layouts.nhwc(batch, channels, pixels, 1)));
        if (silu) {
            Slot flat = program.output(0, Layouts.dense(rows, channels));
            Elementwise.swish(1).add(program, flat, flat);
        }
    }

    /** The norm without SiLU, into memory that lies as y; mean and variance are results too. */
    void normalize(ProgramBuilder program, Slot mean, Slot variance, Slot y) {
        long[] shape = program.shape(0);
        long channels = Shapes.last(shape);
        var pieces = PixelPieces.of(Shapes.rows(shape), pixels, channels);
        Slot x = program.input(0, y.layout());
        new GroupStatistics(pieces, Math.toIntExact(groups)).add(program, x, mean, variance);
        var description = new group_normalization_forward.primitive_desc(
                OneDnn.engine(),
                prop_kind.forward_inference.value,
                y.layout(),
                y.layout(),
                groups,
                (float) eps,
                GIVEN_STATISTICS,
                program.attributes(new PostOps()),
                false);
        program.add(
                description,
                new group_normalization_forward(description),
                Map.of(
                        dnnl.DNNL_ARG_SRC,
                        x,
                        dnnl.DNNL_ARG_SCALE,
                        program.input(1, Layouts.dense(channels)),
                        dnnl.DNNL_ARG_SHIFT,
                        program.input(2, Layouts.dense(channels)),
                        dnnl.DNNL_ARG_MEAN,
                        mean,
                        dnnl.DNNL_ARG_VARIANCE,
                        variance,
                        dnnl.DNNL_ARG_DST,
                        y));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        var gradient = new GroupNormalizationGradient(pixels, groups, eps, silu);
        return List.of(op.next(gradient, op.arg(0), op.arg(1), op.arg(2), gradients.get(0))
                .outputVariables());
    }
}
