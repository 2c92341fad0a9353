package org.sd15.examples.cuda;

import java.util.Map;
import java.util.Set;

/**
 * Where ND4J's legacy operations are in its library: type and name in Java, the kernel of the type and the class of the
 * arithmetic ({@code legacy_ops.h} and {@code ops.h} of libnd4j) in C++.
 */
final class LegacyKernels {

    private record Kernel(String name, String arithmetic) {}

    private static final String REDUCE = "simpleReduce";
    private static final String SCALAR = "scalarSimpleShaped";
    private static final String SAME = "transformSameSimple";
    private static final String STRICT = "transformStrictSimple";

    private static final Map<String, Kernel> ALL = Map.ofEntries(
            Map.entry("REDUCE_FLOAT reduce_mean", new Kernel(REDUCE, "Mean")),
            Map.entry("REDUCE_SAME reduce_max", new Kernel(REDUCE, "Max")),
            Map.entry("REDUCE_SAME reduce_sum", new Kernel(REDUCE, "Sum")),
            Map.entry("SCALAR _powderivative", new Kernel(SCALAR, "PowDerivative")),
            Map.entry("SCALAR add_scalar", new Kernel(SCALAR, "Add")),
            Map.entry("SCALAR mul_scalar", new Kernel(SCALAR, "Multiply")),
            Map.entry("SCALAR pow", new Kernel(SCALAR, "Pow")),
            Map.entry("SCALAR sub_scalar", new Kernel(SCALAR, "Subtract")),
            Map.entry("SCALAR_BOOL greaterthan_scalar", new Kernel(SCALAR, "GreaterThan")),
            Map.entry("SCALAR_BOOL lessthan_scalar", new Kernel(SCALAR, "LessThan")),
            Map.entry("TRANSFORM_FLOAT rsqrt", new Kernel("transformFloatSimple", "RSqrt")),
            Map.entry("TRANSFORM_SAME abs", new Kernel(SAME, "Abs")),
            Map.entry("TRANSFORM_SAME sign", new Kernel(SAME, "Sign")),
            Map.entry("TRANSFORM_SAME square", new Kernel(SAME, "Square")),
            Map.entry("TRANSFORM_STRICT _swishderivative", new Kernel(STRICT, "SwishDerivative")),
            Map.entry("TRANSFORM_STRICT erf", new Kernel(STRICT, "Erf")),
            Map.entry("TRANSFORM_STRICT exp", new Kernel(STRICT, "Exp")),
            Map.entry("TRANSFORM_STRICT sigmoid", new Kernel(STRICT, "Sigmoid")),
            Map.entry("TRANSFORM_STRICT swish", new Kernel(STRICT, "Swish")));

    private LegacyKernels() {}

    /** The operations that are known here. */
    static Set<String> names() {
        return ALL.keySet();
    }

    /** Whether a library has the kernel of an operation, on float32. */
    static boolean isIn(CudaLibrary library, String operation) {
        Kernel kernel = ALL.get(operation);
        return kernel != null && library.hasKernel(kernel.name, kernel.arithmetic);
    }
}
