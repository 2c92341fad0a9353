package org.sd15.attention.graph;

import java.util.Arrays;

/**
 * Name and shape of one parameter, as diffusers stores it: linear weights {@code [out, in]}, convolutions
 * {@code [out, in, height, width]}, norms and biases {@code [channels]}.
 *
 * @param name the dotted name, for instance {@code mid_block.attentions.0.proj_in.weight}
 * @param shape the dimensions, outermost first
 */
public record ParameterSpec(String name, long... shape) {

    /** Copies the shape, so that a spec never changes. */
    public ParameterSpec {
        shape = shape.clone();
    }

    /** A copy of the shape. */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** The number of elements. */
    public long length() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** Whether a tensor of the given shape fits. */
    public boolean fits(long... other) {
        return Arrays.equals(shape, other);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ParameterSpec that && name.equals(that.name) && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}
