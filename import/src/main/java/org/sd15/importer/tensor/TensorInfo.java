package org.sd15.importer.tensor;

import java.util.Arrays;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.io.Shown;

/**
 * What a file says about one of its tensors.
 *
 * @param spec name and shape
 * @param dtype how its elements are stored
 */
public record TensorInfo(ParameterSpec spec, DType dtype) {

    /**
     * @param name the name in the file
     * @param dtype how its elements are stored
     * @param shape the dimensions, outermost first; none for a scalar
     */
    public TensorInfo(String name, DType dtype, long... shape) {
        this(new ParameterSpec(name, shape), dtype);
    }

    /** The name in the file. */
    public String name() {
        return spec.name();
    }

    /** The dimensions, outermost first; none for a scalar. */
    public long[] shape() {
        return spec.shape();
    }

    /** The number of elements. */
    public long length() {
        return spec.length();
    }

    /** The bytes that its elements take in the file. */
    public long bytes() {
        return dtype.bytes(spec.length());
    }

    /** The same tensor under another name. */
    public TensorInfo named(String name) {
        return new TensorInfo(name, dtype, spec.shape());
    }

    /** {@code name F16[320, 4, 3, 3]}, for people. */
    @Override
    public String toString() {
        return Shown.of(spec.name()) + " " + dtype + Arrays.toString(spec.shape());
    }
}
