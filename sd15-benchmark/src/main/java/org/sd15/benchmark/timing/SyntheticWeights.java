package org.sd15.benchmark.timing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;

/**
 * Weights without a file: every number is a function of its parameter's name and of its place, the rule of
 * {@code tools/reference/README.md}. Their sizes keep activations near unit variance, so that a model computes with numbers
 * like those of a trained one.
 */
public final class SyntheticWeights implements Weights {

    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;
    private static final int BLOCK = 1 << 16;

    @Override
    public INDArray get(ParameterSpec spec) {
        float[] values = new float[Math.toIntExact(spec.length())];
        double centre = spec.shape().length == 1 && !spec.name().endsWith("bias") ? 1 : 0;
        double scale = scale(spec.name(), spec.shape());
        long seed = seed(spec.name());
        IntStream.range(0, (values.length + BLOCK - 1) / BLOCK).parallel().forEach(block -> {
            int end = Math.min(values.length, (block + 1) * BLOCK);
            for (int i = block * BLOCK; i < end; i++) {
                values[i] = (float) (centre + (2 * uniform(seed, i) - 1) * scale);
            }
        });
        return Nd4j.create(values, spec.shape(), 'c');
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
        double fanIn = (double) Arrays.stream(shape).skip(1).reduce(1, (a, b) -> a * b);
        boolean scored = name.matches(".*(to_q|to_k|q_proj|k_proj)\\.weight");
        return scored ? Math.sqrt(3 / fanIn) * 1.5 : Math.sqrt(3 / fanIn);
    }

    /** FNV-1a of the name. */
    private static long seed(String name) {
        long hash = FNV_OFFSET;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
        }
        return hash;
    }

    /** SplitMix64, its upper 24 bits: from 0 to below 1. */
    private static double uniform(long seed, long i) {
        long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return ((z ^ z >>> 31) >>> 40) * 0x1p-24;
    }
}
