package org.sd15.attention.fused.onednn;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.dnnl.post_ops;

/** What a primitive does to its result before it writes it, in this order. */
public final class PostOps {

    private final post_ops operations = new post_ops();
    private final Map<Integer, Slot> arguments = new LinkedHashMap<>();
    private int count;

    /** Adds an array of the shape of the result; dimensions of length one are spread. */
    public PostOps add(Slot other) {
        return binary(algorithm.binary_add, other, other.layout());
    }

    /** Multiplies by an array of the shape of the result. */
    public PostOps multiply(Slot other) {
        return binary(algorithm.binary_mul, other, other.layout());
    }

    private PostOps binary(algorithm what, Slot other, desc layout) {
        operations.append_binary(what, layout);
        count++;
        arguments.put(dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * count | dnnl.DNNL_ARG_SRC_1, other);
        return this;
    }

    /** The exact GELU. */
    public PostOps gelu() {
        operations.append_eltwise(algorithm.eltwise_gelu_erf, 0, 0);
        count++;
        return this;
    }

    /** Multiplies by a number. */
    public PostOps scale(double factor) {
        operations.append_eltwise(algorithm.eltwise_linear, (float) factor, 0);
        count++;
        return this;
    }

    /** Adds what lies in the result's memory. */
    public PostOps accumulate() {
        operations.append_sum();
        count++;
        return this;
    }

    post_ops operations() {
        return operations;
    }

    /** The arrays that they read, by the number of the argument. */
    public Map<Integer, Slot> arguments() {
        return arguments;
    }
}
