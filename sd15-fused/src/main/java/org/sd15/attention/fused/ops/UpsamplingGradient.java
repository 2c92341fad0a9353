package org.sd15.attention.fused.ops;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;
import org.sd15.attention.fused.ops.Upsampling.Corner;

/** The gradient of {@link Upsampling}: each pixel receives the sum of its copies' gradients. */
public record UpsamplingGradient(long height, long width, long tall, long wide, long rank) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        long[] dy = inputs.get(0);
        return List.of(Shapes.map(rank, dy[0], height, width, dy[3]));
    }

    @Override
    public void build(ProgramBuilder program) {
        var forward = new Upsampling(height, width, tall, wide, rank);
        long channels = program.shape(0)[3];
        forward.forEachCopy(program.shape(0)[0], (picture, corner) -> {
            long large = picture * tall * wide * channels + corner.offset(forward, channels);
            Slot copies = program.input(0, corner.large(forward, channels), large);
            Slot pixels = program.output(0, corner.small(forward, channels), picture * height * width * channels);
            if (corner == Corner.TOP_LEFT) {
                program.copy(copies, pixels);
            } else {
                program.accumulate(copies, pixels);
            }
        });
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
