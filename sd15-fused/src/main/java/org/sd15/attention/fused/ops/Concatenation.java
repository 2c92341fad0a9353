package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The channels of a, then those of b: inputs are two maps, the result is {@code [batch, height, width, channels]}.
 *
 * @param a channels of the first
 * @param b channels of the second
 * @param rankA dimensions with which a is written
 * @param rankB dimensions with which b is written
 */
public record Concatenation(long height, long width, long a, long b, long rankA, long rankB) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        long batch = Shapes.rows(inputs.get(0)) / (height * width);
        return List.of(new long[] {batch, height, width, a + b});
    }

    @Override
    public void build(ProgramBuilder program) {
        long rows = Shapes.rows(program.shape(0));
        long[] strides = {a + b, 1};
        Slot first = program.output(0, Layouts.strided(new long[] {rows, a}, strides));
        Slot second = program.output(0, Layouts.strided(new long[] {rows, b}, strides), a);
        program.copy(program.input(0, Layouts.dense(rows, a)), first);
        program.copy(program.input(1, Layouts.dense(rows, b)), second);
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        SDVariable dy = gradients.get(0);
        var ofA = new ChannelSlice(height, width, 0, a, rankA);
        var ofB = new ChannelSlice(height, width, a, b, rankB);
        return List.of(op.next(ofA, dy).outputVariable(), op.next(ofB, dy).outputVariable());
    }
}
