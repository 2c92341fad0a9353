package org.sd15.attention.graph;

/** A linear layer: {@code weight [out, in]} and, unless left out, {@code bias [out]}. */
public final class Linear {

    private Linear() {}

    /** Applies the layer of this scope. */
    public static Tokens apply(Scope scope, Tokens x, int out) {
        var weight = scope.parameter("weight", out, x.channels());
        return scope.formulation().linear(x, weight, scope.parameter("bias", out), out);
    }

    /** Applies the 1x1 convolution of this scope, stored {@code weight [out, in, 1, 1]}. */
    public static Tokens pointwise(Scope scope, Tokens x, int out) {
        var weight = scope.parameter("weight", Layout.POINTWISE, out, x.channels(), 1, 1);
        return scope.formulation().linear(x, weight, scope.parameter("bias", out), out);
    }

    /** Applies the layer of this scope, which has no bias. */
    public static Tokens withoutBias(Scope scope, Tokens x, int out) {
        return scope.formulation().linear(x, scope.parameter("weight", out, x.channels()), null, out);
    }
}
