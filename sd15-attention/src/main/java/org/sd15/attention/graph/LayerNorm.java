package org.sd15.attention.graph;

/** Layer normalisation over channels: {@code weight [channels]} and {@code bias [channels]}. */
public final class LayerNorm {

    private LayerNorm() {}

    /** Applies the norm of this scope. */
    public static Tokens apply(Scope scope, Tokens x, double eps) {
        var weight = scope.parameter("weight", x.channels());
        return scope.formulation().layerNorm(x, weight, scope.parameter("bias", x.channels()), eps);
    }
}
