package org.sd15.testing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;

/**
 * Weights and inputs that are functions of their names, so that models of any size have the same numbers here and in
 * PyTorch without a file: SplitMix64, seeded by the FNV-1a hash of the name. See {@code tools/reference/README.md}.
 */
public final class Rule {

    private Rule() {}

    /** All parameters of a model by the rule, under an optional prefix. */
    public static Weights weights(String prefix, DataType type) {
        return spec -> tensor(prefix + spec.name(), type, spec.shape());
    }

    /** One parameter. */
    public static INDArray tensor(String name, DataType type, long... shape) {
        double centre = name.endsWith("bias") || shape.length != 1 ? 0 : 1;
        return fill(name, centre, scale(name, shape), type, shape);
    }

    /** An input or a cotangent: unit variance. */
    public static INDArray input(String name, DataType type, long... shape) {
        return fill(name, 0, Math.sqrt(3), type, shape);
    }

    /** A picture: values in [-1, 1). */
    public static INDArray picture(String name, DataType type, long... shape) {
        return fill(name, 0, 1, type, shape);
    }

    private static double scale(String name, long[] shape) {
        if (name.endsWith("bias")) {
            return 0.05;
        }
        if (shape.length == 1) {
            return 0.1;
        }
        if (name.endsWith("embedding.weight")) {
            return 1;
        }
        double fan = Math.sqrt(3.0 / (Arrays.stream(shape).reduce(1, (a, b) -> a * b) / shape[0]));
        if (name.matches(".*(to_q|to_k|q_proj|k_proj)\\.weight")) {
            return fan * 1.5;
        }
        return name.endsWith("lora_B.weight") ? fan * 0.1 : fan;
    }

    private static INDArray fill(String name, double centre, double scale, DataType type, long... shape) {
        float[] values = new float[Math.toIntExact(new ParameterSpec(name, shape).length())];
        long seed = 0xCBF29CE484222325L;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            seed = (seed ^ (b & 0xFF)) * 0x100000001B3L;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (centre + (2 * uniform(seed, i) - 1) * scale);
        }
        return Nd4j.create(values, shape, 'c').castTo(type);
    }

    private static double uniform(long seed, long i) {
        long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (z >>> 40) * 0x1p-24;
    }
}
