package org.sd15.pipeline.random;

/**
 * Uniform numbers in [0, 1) to normal numbers, in place and in torch's order: of each block of 16 the first eight give
 * the radii and receive the cosines, the others give the angles and receive the sines.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/v2.7.1/aten/src/ATen/native/cpu/DistributionTemplates.h">
 *     PyTorch, {@code normal_fill}</a>
 */
final class BoxMuller {

    /** Values of one block. */
    static final int BLOCK = 16;

    private static final int HALF = BLOCK / 2;

    private BoxMuller() {}

    /** Transforms every complete block. */
    static void transformBlocks(float[] values) {
        for (int start = 0; start + BLOCK <= values.length; start += BLOCK) {
            transform(values, start);
        }
    }

    /** Transforms every complete block. */
    static void transformBlocks(double[] values) {
        for (int start = 0; start + BLOCK <= values.length; start += BLOCK) {
            transform(values, start);
        }
    }

    /** Transforms the block that starts at the given value. */
    static void transform(float[] values, int start) {
        for (int i = start; i < start + HALF; i++) {
            float radius = (float) Math.sqrt(-2 * CephesFloat.log(1 - values[i]));
            float angle = (float) (2 * Math.PI) * values[i + HALF];
            values[i] = radius * CephesFloat.cos(angle);
            values[i + HALF] = radius * CephesFloat.sin(angle);
        }
    }

    /** Transforms the block that starts at the given value. */
    static void transform(double[] values, int start) {
        for (int i = start; i < start + HALF; i++) {
            double radius = Math.sqrt(-2 * Math.log(1 - values[i]));
            double angle = 2 * Math.PI * values[i + HALF];
            values[i] = radius * Math.cos(angle);
            values[i + HALF] = radius * Math.sin(angle);
        }
    }
}
