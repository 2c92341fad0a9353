package org.sd15.unet;

import org.jspecify.annotations.Nullable;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.GroupNorm;
import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * The residual block of the UNet and of the VAE: norm, SiLU, convolution, plus the time embedding, twice over, and a
 * short cut. Parameters: {@code norm1}, {@code conv1}, {@code time_emb_proj} (where there is a time), {@code norm2},
 * {@code conv2}, {@code conv_shortcut} (where the width changes).
 *
 * @param out width of the result
 * @param groups groups of the norms
 * @param eps epsilon of the norms: 1e-5 in the UNet, 1e-6 in the VAE
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/resnet.py">diffusers,
 *     resnet.py</a>
 */
public record ResnetBlock2D(int out, int groups, double eps) {

    /**
     * Builds the block.
     *
     * @param x {@code [batch, height, width, in]}
     * @param time the time embedding after SiLU, one token a picture; null in the VAE
     * @return {@code [batch, height, width, out]}
     */
    public FeatureMap apply(Scope scope, FeatureMap x, @Nullable Tokens time) {
        FeatureMap h = GroupNorm.thenSilu(scope.at("norm1"), x, groups, eps);
        h = Conv2d.apply(scope.at("conv1"), h, out, Conv2d.Geometry.SAME);
        if (time != null) {
            h = scope.formulation().addPerPicture(h, Linear.apply(scope.at("time_emb_proj"), time, out));
        }
        h = GroupNorm.thenSilu(scope.at("norm2"), h, groups, eps);
        h = Conv2d.apply(scope.at("conv2"), h, out, Conv2d.Geometry.SAME);
        return scope.formulation().plus(h, shortcut(scope, x));
    }

    private FeatureMap shortcut(Scope scope, FeatureMap x) {
        return x.channels() == out
                ? x
                : Linear.pointwise(scope.at("conv_shortcut"), x.tokens(), out).image(x.height(), x.width());
    }
}
