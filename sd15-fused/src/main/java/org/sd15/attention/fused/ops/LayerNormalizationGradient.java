package org.sd15.attention.fused.ops;

import java.util.HashMap;
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
 * {@code dx}, {@code dweight}, {@code dbias}. The sums over rows are those of pieces, added up in their order: how many
 * threads share the pieces has no part in it.
 */
public record LayerNormalizationGradient(double eps) implements Kernel {

    /** Pieces that rows are cut into, at most. */
    private static final long PIECES = 32;

    /** With fewer numbers than this one thread is done before others have begun. */
    private static final long LEAST_FLOATS = 1 << 16;

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
        long most = (rows + PIECES - 1) / PIECES;
        int pieces = Math.toIntExact((rows + most - 1) / most);
        Slot dweights = program.temporary(Layouts.dense(pieces, channels));
        Slot dbiases = program.temporary(Layouts.dense(pieces, channels));
        int lanes = rows * channels < LEAST_FLOATS ? 1 : Math.min(ProgramBuilder.lanes(), pieces);
        program.sideBySide(lanes, (lane, index) -> {
            Map<Long, OfRows> sizes = new HashMap<>();
            for (long piece = (long) pieces * index / lanes; piece < (long) pieces * (index + 1) / lanes; piece++) {
                long size = Math.min(most, rows - piece * most);
                sizes.computeIfAbsent(size, count -> new OfRows(lane, count, channels))
                        .add(piece * most, piece, dweights, dbiases);
            }
        });
        Slot dweight = program.output(1, Layouts.dense(channels));
        Slot dbias = program.output(2, Layouts.dense(channels));
        program.compute(values -> RowSum.total(values.get(0), pieces, values.get(1)), dweights, dweight);
        program.compute(values -> RowSum.total(values.get(0), pieces, values.get(1)), dbiases, dbias);
    }

    /** The derivative for some rows at a time, in one lane. */
    private final class OfRows {

        private final ProgramBuilder lane;
        private final long channels;
        private final desc layout;
        private final Slot mean;
        private final Slot variance;
        private final layer_normalization_forward.primitive_desc forward;
        private final layer_normalization_forward again;
        private final layer_normalization_backward.primitive_desc description;
        private final layer_normalization_backward backward;

        OfRows(ProgramBuilder lane, long rows, long channels) {
            this.lane = lane;
            this.channels = channels;
            this.layout = Layouts.dense(rows, channels);
            this.mean = lane.temporary(Layouts.dense(rows));
            this.variance = lane.temporary(Layouts.dense(rows));
            this.forward = new LayerNormalization(eps).forward(lane, prop_kind.forward_training, layout);
            this.again = new layer_normalization_forward(forward);
            this.description = new layer_normalization_backward.primitive_desc(
                    OneDnn.engine(),
                    prop_kind.backward.value,
                    layout,
                    layout,
                    layout,
                    (float) eps,
                    GroupNormalization.FLAGS,
                    forward,
                    lane.attributes(new PostOps()),
                    false);
            this.backward = new layer_normalization_backward(description);
        }

        void add(long first, long piece, Slot dweights, Slot dbiases) {
            long start = first * channels;
            Slot dx = lane.output(0, layout, start);
            Map<Integer, Slot> shared = Map.of(
                    dnnl.DNNL_ARG_SRC, lane.input(0, layout, start),
                    dnnl.DNNL_ARG_SCALE, lane.input(1, Layouts.dense(channels)),
                    dnnl.DNNL_ARG_SHIFT, lane.input(2, Layouts.dense(channels)),
                    dnnl.DNNL_ARG_MEAN, mean,
                    dnnl.DNNL_ARG_VARIANCE, variance);
            Map<Integer, Slot> arguments = new LinkedHashMap<>(shared);
            arguments.put(dnnl.DNNL_ARG_DST, dx); // overwritten below
            lane.add(forward, again, arguments);
            arguments = new LinkedHashMap<>(shared);
            arguments.put(dnnl.DNNL_ARG_DIFF_DST, lane.input(3, layout, start));
            arguments.put(dnnl.DNNL_ARG_DIFF_SRC, dx);
            desc vector = Layouts.dense(channels);
            arguments.put(dnnl.DNNL_ARG_DIFF_SCALE, lane.view(dweights, vector, piece * channels));
            arguments.put(dnnl.DNNL_ARG_DIFF_SHIFT, lane.view(dbiases, vector, piece * channels));
            lane.add(description, backward, arguments);
        }
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
