package org.sd15.unet;

import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Scope;

/** Doubles a map by nearest neighbours, then a 3x3 convolution, {@code conv}. */
public final class Upsample2D {

    private Upsample2D() {}

    /** Builds the block: {@code [batch, h, w, c]} to {@code [batch, 2 h, 2 w, c]}. */
    public static FeatureMap apply(Scope scope, FeatureMap x) {
        return apply(scope, x, 2 * x.height(), 2 * x.width());
    }

    /**
     * Builds the block for a given size, one less than the double where the level below was rounded up.
     *
     * @return {@code [batch, height, width, c]}
     */
    public static FeatureMap apply(Scope scope, FeatureMap x, int height, int width) {
        FeatureMap larger = scope.formulation().upsampleNearest(x, height, width);
        return Conv2d.apply(scope.at("conv"), larger, x.channels(), Conv2d.Geometry.SAME);
    }
}
