package org.sd15.attention.graph;

/** Group normalisation: {@code weight [channels]} and {@code bias [channels]}. */
public final class GroupNorm {

    private GroupNorm() {}

    /** Applies the norm of this scope. */
    public static FeatureMap apply(Scope scope, FeatureMap x, int groups, double eps) {
        return apply(scope, x, groups, eps, false);
    }

    /** Applies the norm of this scope and SiLU after it. */
    public static FeatureMap thenSilu(Scope scope, FeatureMap x, int groups, double eps) {
        return apply(scope, x, groups, eps, true);
    }

    private static FeatureMap apply(Scope scope, FeatureMap x, int groups, double eps, boolean silu) {
        var weight = scope.parameter("weight", x.channels());
        return scope.formulation().groupNorm(x, weight, scope.parameter("bias", x.channels()), groups, eps, silu);
    }
}
