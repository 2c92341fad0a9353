package org.sd15.attention.graph;

/** A linear layer: {@code weight [out, in]} and, unless left out, {@code bias [out]}. */
public final class Linear {

    private Linear() {}

    /** Applies the layer of this scope. */
    public static Tokens apply(Scope scope, Tokens x, int out) {
        var weight = scope.parameter("weight", out, x.channels());
        Tokens y = scope.formulation().linear(x, weight, scope.parameter("bias", out), out);
        return adapted(y, scope, x, Layout.AS_STORED);
    }

    /** Applies the 1x1 convolution of this scope, stored {@code weight [out, in, 1, 1]}. */
    public static Tokens pointwise(Scope scope, Tokens x, int out) {
        var weight = scope.parameter("weight", Layout.POINTWISE, out, x.channels(), 1, 1);
        Tokens y = scope.formulation().linear(x, weight, scope.parameter("bias", out), out);
        return adapted(y, scope, x, Layout.POINTWISE);
    }

    /** Applies the layer of this scope, which has no bias. */
    public static Tokens withoutBias(Scope scope, Tokens x, int out) {
        Tokens y = scope.formulation().linear(x, scope.parameter("weight", out, x.channels()), null, out);
        return adapted(y, scope, x, Layout.AS_STORED);
    }

    private static Tokens adapted(Tokens y, Scope scope, Tokens x, Layout layout) {
        LowRank lowRank = scope.lowRank();
        return lowRank == null ? y : lowRank.addTo(y, scope, x, layout);
    }
}
