package org.sd15.unet;

import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.GroupNorm;
import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * A transformer over the pixels of a map: {@code norm}, {@code proj_in}, {@code transformer_blocks.0},
 * {@code proj_out}, and a residual around all of it.
 *
 * @param heads attention heads
 * @param groups groups of the norm
 * @param linearProjection whether the projections are stored as linear layers instead of 1x1 convolutions
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/transformers/transformer_2d.py">
 *     diffusers, transformer_2d.py</a>
 */
public record Transformer2DModel(int heads, int groups, boolean linearProjection) {

    private static final double EPS = 1e-6;

    /**
     * Builds the block.
     *
     * @param x {@code [batch, h, w, c]}
     * @param context what the pixels attend to besides each other, {@code [batch, tokens, its width]}
     * @return {@code [batch, h, w, c]}
     */
    public FeatureMap apply(Scope scope, FeatureMap x, Tokens context) {
        Tokens h = GroupNorm.apply(scope.at("norm"), x, groups, EPS).tokens();
        h = project(scope.at("proj_in"), h);
        h = new BasicTransformerBlock(heads)
                .apply(scope.at("transformer_blocks").at(0), h, context);
        FeatureMap y = project(scope.at("proj_out"), h).image(x.height(), x.width());
        return scope.formulation().plus(y, x);
    }

    private Tokens project(Scope scope, Tokens x) {
        return linearProjection ? Linear.apply(scope, x, x.channels()) : Linear.pointwise(scope, x, x.channels());
    }
}
