package org.sd15.attention.graph;

/** A convolution: {@code weight [out, in, size, size]} and {@code bias [out]}. */
public final class Conv2d {

    private Conv2d() {}

    /**
     * Size, stride and zero padding of a convolution with a square kernel. (A 1x1 convolution is a linear layer, see
     * {@link Linear#pointwise}.)
     *
     * @param before padding at the top and at the left
     * @param after padding at the bottom and at the right
     */
    public record Geometry(int size, int stride, int before, int after) {

        /** 3x3 that keeps the size. */
        public static final Geometry SAME = new Geometry(3, 1, 1, 1);

        /** 3x3 that halves the size, rounding up. */
        public static final Geometry HALF = new Geometry(3, 2, 1, 1);

        /** 3x3 that halves the size, rounding down; pads at the bottom and at the right only, as the VAE does. */
        public static final Geometry HALF_PADDED_AFTER = new Geometry(3, 2, 0, 1);

        /** Length of a side of the result. */
        public int output(int side) {
            return (side + before + after - size) / stride + 1;
        }
    }

    /** Applies the convolution of this scope. */
    public static FeatureMap apply(Scope scope, FeatureMap x, int out, Geometry geometry) {
        int size = geometry.size();
        var kernel = scope.parameter("weight", Layout.CONVOLUTION, out, x.channels(), size, size);
        FeatureMap y = scope.formulation().conv2d(x, kernel, scope.parameter("bias", out), out, geometry);
        LowRank lowRank = scope.lowRank();
        return lowRank == null ? y : lowRank.addTo(y, scope, x, geometry);
    }
}
