package org.sd15.attention.fused.onednn;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;

/** A function of single elements, of dense memories of one layout. */
public final class Elementwise {

    private final algorithm what;
    private final float alpha;

    private Elementwise(algorithm what, float alpha) {
        this.what = what;
        this.alpha = alpha;
    }

    /** {@code x sigmoid(alpha x)}. */
    public static Elementwise swish(double alpha) {
        return new Elementwise(algorithm.eltwise_swish, (float) alpha);
    }

    /** The exact GELU. */
    public static Elementwise gelu() {
        return new Elementwise(algorithm.eltwise_gelu_erf, 0);
    }

    private eltwise_forward.primitive_desc description(ProgramBuilder program, Slot x) {
        return new eltwise_forward.primitive_desc(
                OneDnn.engine(),
                prop_kind.forward_training,
                what,
                x.layout(),
                x.layout(),
                alpha,
                0,
                program.attributes(new PostOps()),
                false);
    }

    /** {@code y = f(x)}; x and y may be one memory. */
    public void add(ProgramBuilder program, Slot x, Slot y) {
        var description = description(program, x);
        program.add(description, new eltwise_forward(description), Map.of(dnnl.DNNL_ARG_SRC, x, dnnl.DNNL_ARG_DST, y));
    }

    /** {@code dx = f'(x) dy}; dx and dy may be one memory. */
    public void addBackward(ProgramBuilder program, Slot x, Slot dy, Slot dx) {
        var description = new eltwise_backward.primitive_desc(
                OneDnn.engine(),
                what,
                x.layout(),
                x.layout(),
                x.layout(),
                alpha,
                0,
                description(program, x),
                program.attributes(new PostOps()),
                false);
        program.add(
                description,
                new eltwise_backward(description),
                Map.of(dnnl.DNNL_ARG_SRC, x, dnnl.DNNL_ARG_DIFF_DST, dy, dnnl.DNNL_ARG_DIFF_SRC, dx));
    }

    /** {@code y = a b}; y may be a, and b is spread where it has length one. */
    public static void multiply(ProgramBuilder program, Slot a, Slot b, Slot y, PostOps post) {
        binary(program, algorithm.binary_mul, a, b, y, post);
    }

    /** {@code y = a - b}; y may be a, and b is spread where it has length one. */
    public static void subtract(ProgramBuilder program, Slot a, Slot b, Slot y, PostOps post) {
        binary(program, algorithm.binary_sub, a, b, y, post);
    }

    private static void binary(ProgramBuilder program, algorithm what, Slot a, Slot b, Slot y, PostOps post) {
        var description = new binary.primitive_desc(
                OneDnn.engine(), what, a.layout(), b.layout(), y.layout(), program.attributes(post), false);
        Map<Integer, Slot> arguments = new LinkedHashMap<>(post.arguments());
        arguments.putAll(Map.of(dnnl.DNNL_ARG_SRC_0, a, dnnl.DNNL_ARG_SRC_1, b, dnnl.DNNL_ARG_DST, y));
        program.add(description, new binary(description), arguments);
    }
}
