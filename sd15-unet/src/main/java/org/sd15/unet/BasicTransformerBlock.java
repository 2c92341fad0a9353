package org.sd15.unet;

import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.Formulation;
import org.sd15.attention.graph.LayerNorm;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * Self attention ({@code attn1}), cross attention ({@code attn2}) and feed-forward ({@code ff}), each after a layer norm
 * and each with a residual.
 *
 * @param heads heads of both attentions
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/models/attention.py">diffusers,
 *     attention.py</a>
 */
public record BasicTransformerBlock(int heads) {

    private static final double EPS = 1e-5;

    /**
     * Builds the block.
     *
     * @param x {@code [batch, tokens, c]}
     * @param context what is attended to besides, {@code [batch, its tokens, its width]}
     * @return {@code [batch, tokens, c]}
     */
    public Tokens apply(Scope scope, Tokens x, Tokens context) {
        Formulation words = scope.formulation();
        Tokens asked = LayerNorm.apply(scope.at("norm1"), x, EPS);
        Tokens h = words.plus(attention(x, asked).apply(scope.at("attn1"), asked, asked), x);
        asked = LayerNorm.apply(scope.at("norm2"), h, EPS);
        h = words.plus(attention(x, context).apply(scope.at("attn2"), asked, context), h);
        return words.plus(FeedForward.apply(scope.at("ff"), LayerNorm.apply(scope.at("norm3"), h, EPS)), h);
    }

    private CrossAttention attention(Tokens x, Tokens context) {
        return CrossAttention.of(x.channels(), context.channels(), heads, x.channels() / heads);
    }
}
