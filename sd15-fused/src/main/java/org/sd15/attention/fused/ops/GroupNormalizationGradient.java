package org.sd15.attention.fused.ops;

import java.util.List;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Elementwise;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The gradients of a {@link GroupNormalization}: inputs {@code x}, {@code weight}, {@code bias}, {@code dy}; results
 * {@code dx}, {@code dweight}, {@code dbias}. What the norm gave is computed again, where SiLU follows, instead of being kept.
 *
 * <p>oneDNN's own derivative is its reference code, fifty times slower than this. With {@code x'} for x less its
 * group's mean and sums over the pixels of a picture, {@code s1 = sum dy} and {@code s2 = sum x' dy}, everything is
 * affine in each channel: {@code dx = a dy + b x' + c}.
 */
public record GroupNormalizationGradient(long pixels, long groups, double eps, boolean silu) implements Kernel {

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
        long batch = rows / pixels;
        desc flat = Layouts.dense(rows, channels);
        Slot mean = program.temporary(Layouts.dense(batch, groups));
        Slot variance = program.temporary(Layouts.dense(batch, groups));
        var totals = new ChannelTotals(PixelPieces.of(rows, pixels, channels), Math.toIntExact(groups));
        var sums = new ChannelSums(totals, eps);
        Slot x = program.input(0, flat);
        Slot dy = program.input(3, flat);
        if (silu) {
            Slot normal = program.temporary(Layouts.nhwc(batch, channels, pixels, 1));
            new GroupNormalization(pixels, groups, eps, true).normalize(program, mean, variance, normal);
            Slot again = program.view(normal, flat, 0);
            Elementwise.swish(1).addBackward(program, again, dy, again);
            dy = again;
        } else {
            new GroupStatistics(totals.pieces(), totals.groups()).add(program, x, mean, variance);
        }
        desc vector = Layouts.dense(channels);
        Slot coefficients = program.temporary(Layouts.dense(batch, ChannelSums.VECTORS, channels));
        program.compute(
                sums::all,
                totals.add(program, x, dy, mean),
                mean,
                variance,
                program.input(1, vector),
                coefficients,
                program.output(1, vector),
                program.output(2, vector));
        totals.pieces()
                .share(program, memories -> sums.new OfPieces(memories), x, dy, coefficients, program.output(0, flat));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
