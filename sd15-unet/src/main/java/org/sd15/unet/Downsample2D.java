package org.sd15.unet;

import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Scope;

/**
 * Halves a map by a 3x3 convolution of stride 2, {@code conv}.
 *
 * @param geometry {@link Conv2d.Geometry#HALF} in the UNet, {@link Conv2d.Geometry#HALF_PADDED_AFTER} in the VAE
 */
public record Downsample2D(Conv2d.Geometry geometry) {

    /** As in the UNet: an odd side is rounded up. */
    public static final Downsample2D UNET = new Downsample2D(Conv2d.Geometry.HALF);

    /** As in the VAE's encoder: zeros at the bottom and at the right only. */
    public static final Downsample2D VAE = new Downsample2D(Conv2d.Geometry.HALF_PADDED_AFTER);

    /** Builds the block: {@code [batch, h, w, c]} to {@code [batch, h / 2, w / 2, c]}. */
    public FeatureMap apply(Scope scope, FeatureMap x) {
        return Conv2d.apply(scope.at("conv"), x, x.channels(), geometry);
    }
}
