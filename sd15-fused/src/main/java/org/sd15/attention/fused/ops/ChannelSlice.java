package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/**
 * Some channels of a map {@code [batch, height, width, channels]}.
 *
 * @param from the first channel
 * @param channels how many
 * @param rank dimensions with which the result is written
 */
public record ChannelSlice(long height, long width, long from, long channels, long rank) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        return List.of(Shapes.map(rank, inputs.get(0)[0], height, width, channels));
    }

    @Override
    public void build(ProgramBuilder program) {
        long rows = Shapes.rows(program.shape(0));
        long all = Shapes.last(program.shape(0));
        var strided = Layouts.strided(new long[] {rows, channels}, new long[] {all, 1});
        program.copy(program.input(0, strided, from), program.output(0, Layouts.dense(rows, channels)));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
