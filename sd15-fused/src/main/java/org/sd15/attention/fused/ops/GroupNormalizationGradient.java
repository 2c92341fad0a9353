package org.sd15.attention.fused.ops;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Elementwise;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The gradients of a {@link GroupNormalization}: inputs {@code x}, {@code weight}, {@code bias}, {@code dy}; results
 * {@code dx}, {@code dweight}, {@code dbias}. What the norm gave is computed again instead of being kept.
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
        Slot normal = program.temporary(Layouts.nhwc(batch, channels, pixels, 1));
        new GroupNormalization(pixels, groups, eps, silu).normalize(program, mean, variance, normal);
        Slot dy = program.input(3, flat);
        if (silu) {
            Slot again = program.view(normal, flat, 0);
            Elementwise.swish(1).addBackward(program, again, dy, again);
            dy = again;
        }
        var totals = new ChannelTotals(PixelPieces.of(rows, pixels, channels), Math.toIntExact(groups));
        Slot partial = totals.add(program, program.input(0, flat), dy, mean);
        desc vector = Layouts.dense(1, channels);
        program.compute(
                values -> values.forEach(all -> Pointer.memset(all, 0, channels * Float.BYTES)),
                program.output(1, vector),
                program.output(2, vector));
        Slot[] vectors = new Slot[6]; // means, s1, s2, a, b, c of one picture
        Arrays.setAll(vectors, i -> program.temporary(vector));
        Slot product = program.temporary(Layouts.dense(pixels, channels));
        for (int picture = 0; picture < batch; picture++) {
            int number = picture;
            program.compute(values -> totals.ofPicture(number, values), partial, vectors[1], vectors[2]);
            picture(program, picture, normal, mean, variance, vectors, product);
        }
    }

    private void picture(
            ProgramBuilder program, long picture, Slot normal, Slot mean, Slot variance, Slot[] vectors, Slot product) {
        long channels = Shapes.last(program.shape(0));
        long start = picture * pixels * channels;
        desc map = product.layout();
        Slot x = program.input(0, map, start);
        Slot dy = silu ? program.view(normal, map, start) : program.input(3, map, start);
        var sums = new ChannelSums(channels, groups, pixels, picture, eps);
        program.compute(sums::spreadMeans, mean, vectors[0]);
        Slot weight = program.input(1, vectors[0].layout());
        program.compute(
                sums::coefficients,
                variance,
                weight,
                vectors[1],
                vectors[2],
                vectors[3],
                vectors[4],
                vectors[5],
                program.output(1, vectors[0].layout()),
                program.output(2, vectors[0].layout()));
        Elementwise.subtract(
                program,
                x,
                vectors[0],
                product,
                new PostOps().multiply(vectors[4]).add(vectors[5]));
        Slot dx = program.output(0, map, start);
        Elementwise.multiply(program, dy, vectors[3], dx, new PostOps().add(product));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
