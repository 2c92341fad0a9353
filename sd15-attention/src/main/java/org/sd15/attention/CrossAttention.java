package org.sd15.attention;

import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * The attention of Stable Diffusion 1.x. Image tokens ask, text tokens answer; when an image attends to itself the
 * context is the image.
 *
 * <p>With b pictures, n image tokens, m text tokens, h heads of width d:
 *
 * <pre>
 * 1  Q = image W_Q                [b, n, queryDim]   -> [b, n, h d]
 * 2  K = text W_K                 [b, m, contextDim] -> [b, m, h d]
 * 3  V = text W_V                 [b, m, contextDim] -> [b, m, h d]
 * 4  split heads                  Q [b, h, n, d]; K, V [b, h, m, d]
 * 5  scores = Q K^T / sqrt(d)     [b, h, n, m]
 * 6  softmax over the m           [b, h, n, m]
 * 7  weighted sum of V            [b, h, n, d]
 * 8  merge heads                  [b, n, h d]
 * 9  W_O and its bias             [b, n, queryDim]
 * </pre>
 *
 * <p>Parameters, named as in diffusers' {@code attention_processor.py}: {@code to_q.weight}, {@code to_k.weight},
 * {@code to_v.weight}, {@code to_out.0.weight}, {@code to_out.0.bias}. Instances are immutable.
 *
 * @param queryDim width of an image token, and of the result
 * @param contextDim width of a text token
 * @param heads number of heads
 * @param headDim width of a head
 * @param projectionBias whether the projections to queries, keys and values have a bias: only the VAE's do
 * @see <a href="https://arxiv.org/abs/2112.10752">Rombach et al., High-Resolution Image Synthesis with Latent Diffusion
 *     Models, section 3.3</a>
 */
public record CrossAttention(int queryDim, int contextDim, int heads, int headDim, boolean projectionBias) {

    /** Checks that all dimensions are positive. */
    public CrossAttention {
        if (queryDim <= 0 || contextDim <= 0 || heads <= 0 || headDim <= 0) {
            throw new IllegalArgumentException(
                    "Attention needs positive dimensions: queryDim %d, contextDim %d, heads %d, headDim %d"
                            .formatted(queryDim, contextDim, heads, headDim));
        }
    }

    /** Cross attention without projection biases, as in the UNet. */
    public static CrossAttention of(int queryDim, int contextDim, int heads, int headDim) {
        return new CrossAttention(queryDim, contextDim, heads, headDim, false);
    }

    /**
     * Builds the nine steps at a place of a graph.
     *
     * @param scope the place; asked for its ports and its parameters
     * @param image {@code [batch, n, queryDim]}
     * @param context {@code [batch, m, contextDim]}
     * @return {@code [batch, n, queryDim]}
     * @throws IllegalArgumentException if one of them has another width, or another data type than the scope
     */
    public Tokens apply(Scope scope, Tokens image, Tokens context) {
        check(scope, "image", image, queryDim);
        check(scope, "context", context, contextDim);
        Tokens query = project(scope.at("to_q"), image);
        Tokens key = project(scope.at("to_k"), context);
        Tokens value = project(scope.at("to_v"), context);
        AttentionPorts ports = scope.attentionPorts();
        Tokens mixed = scope.formulation().attention(scope, query, key, value, heads, ports);
        return Linear.apply(scope.at("to_out").at(0), mixed, queryDim);
    }

    private Tokens project(Scope scope, Tokens x) {
        int width = heads * headDim;
        Tokens y = projectionBias ? Linear.apply(scope, x, width) : Linear.withoutBias(scope, x, width);
        scope.named("out", y.rows());
        return y;
    }

    private static void check(Scope scope, String what, Tokens tokens, int expected) {
        if (tokens.channels() != expected) {
            throw new IllegalArgumentException("Attention: the %s has %d channels, the layer was made for %d"
                    .formatted(what, tokens.channels(), expected));
        }
        if (tokens.rows().dataType() != scope.dataType()) {
            throw new IllegalArgumentException("Attention: the %s is of type %s, the scope of type %s: cast one of them"
                    .formatted(what, tokens.rows().dataType(), scope.dataType()));
        }
    }
}
