package org.sd15.attention.fused.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.group_normalization_forward;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Elementwise;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.MatrixProduct;
import org.sd15.attention.fused.onednn.OneDnn;
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
        long batch = Shapes.rows(program.shape(0)) / pixels;
        Slot normal = program.temporary(Layouts.nhwc(batch, channels, pixels, 1));
        Slot mean = program.temporary(Layouts.dense(batch, groups));
        Slot variance = program.temporary(Layouts.dense(batch, groups));
        forward(program, normal, mean, variance);
        if (silu) {
            desc flat = Layouts.dense(batch * pixels, channels);
            Slot again = program.view(normal, flat, 0);
            Elementwise.swish(1).addBackward(program, again, program.input(3, flat), again);
        }
        desc vector = Layouts.dense(1, channels);
        Slot ones = program.temporary(Layouts.dense(1, pixels));
        program.compute(values -> fill(values.get(0), pixels), ones);
        Slot dweight = program.output(1, vector);
        Slot dbias = program.output(2, vector);
        program.compute(
                values -> values.forEach(all -> Pointer.memset(all, 0, channels * Float.BYTES)), dweight, dbias);
        Slot[] vectors = new Slot[6]; // means, s1, s2, a, b, c of one picture
        Arrays.setAll(vectors, i -> program.temporary(vector));
        Slot product = program.temporary(Layouts.dense(pixels, channels));
        for (long picture = 0; picture < batch; picture++) {
            picture(program, picture, normal, mean, variance, ones, vectors, product);
        }
    }

    private void forward(ProgramBuilder program, Slot normal, Slot mean, Slot variance) {
        long channels = Shapes.last(program.shape(0));
        var description = new group_normalization_forward.primitive_desc(
                OneDnn.engine(),
                prop_kind.forward_training.value,
                normal.layout(),
                normal.layout(),
                groups,
                (float) eps,
                GroupNormalization.FLAGS,
                program.attributes(new PostOps()),
                false);
        program.add(
                description,
                new group_normalization_forward(description),
                Map.of(
                        dnnl.DNNL_ARG_SRC,
                        program.input(0, normal.layout()),
                        dnnl.DNNL_ARG_SCALE,
                        program.input(1, Layouts.dense(channels)),
                        dnnl.DNNL_ARG_SHIFT,
                        program.input(2, Layouts.dense(channels)),
                        dnnl.DNNL_ARG_MEAN,
                        mean,
                        dnnl.DNNL_ARG_VARIANCE,
                        variance,
                        dnnl.DNNL_ARG_DST,
                        normal));
    }

    private void picture(
            ProgramBuilder program,
            long picture,
            Slot normal,
            Slot mean,
            Slot variance,
            Slot ones,
            Slot[] vectors,
            Slot product) {
        long channels = Shapes.last(program.shape(0));
        long start = picture * pixels * channels;
        desc map = product.layout();
        Slot x = program.input(0, map, start);
        Slot dy = silu ? program.view(normal, map, start) : program.input(3, map, start);
        var sums = new ChannelSums(channels, groups, pixels, picture, eps);
        program.compute(sums::spreadMeans, mean, vectors[0]);
        Elementwise.subtract(program, x, vectors[0], product, new PostOps().multiply(dy));
        var post = new PostOps();
        var sum = new MatrixProduct(program, ones.layout(), map, vectors[1].layout(), post);
        sum.add(ones, dy, null, vectors[1], post);
        sum.add(ones, product, null, vectors[2], post);
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

    private static void fill(FloatPointer values, long count) {
        for (long i = 0; i < count; i++) {
            values.put(i, 1);
        }
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
