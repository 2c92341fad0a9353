package org.sd15.pipeline.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.LayerNorm;
import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * Builds CLIP's text transformer: {@code encoder.layers.i} with {@code layer_norm1}, {@code self_attn},
 * {@code layer_norm2}, {@code mlp}, then {@code final_layer_norm}. A token sees itself and those before it.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/v4.56.0/src/transformers/models/clip/modeling_clip.py">
 *     transformers, modeling_clip.py</a>
 */
final class ClipTextGraph {

    private static final double NEVER = -1e9;

    private final ClipTextConfig config;
    private final Scope scope;
    private final AttentionPorts causal;

    private ClipTextGraph(ClipTextConfig config, Scope scope, SDVariable mask) {
        this.config = config;
        this.scope = scope;
        this.causal = AttentionPorts.biased(new LogitBias.Dense(mask, true));
    }

    /**
     * What is added to the scores so that no token sees those behind it, nor hidden ones: {@code [1, 1, tokens, tokens]}.
     *
     * @param hidden tokens that others do not see either, but for the first, which has none before it
     */
    static INDArray mask(DataType type, int tokens, IntPredicate hidden) {
        if (hidden.test(0)) {
            throw new IllegalArgumentException("the first token of a text is hidden: it would see nothing");
        }
        INDArray mask = Nd4j.zeros(type, 1, 1, tokens, tokens);
        for (int query = 0; query < tokens; query++) {
            for (int key = 0; key < tokens; key++) {
                if (key > query || hidden.test(key)) {
                    mask.putScalar(0, 0, query, key, NEVER);
                }
            }
        }
        return mask;
    }

    /** The parameters of a text encoder with low-rank additions, those among them. */
    static List<ParameterSpec> parameters(ClipTextConfig config, Adapters adapters) {
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(new ParameterSpec(ClipTextEncoder.TOKENS, config.vocabSize(), config.hiddenSize()));
        specs.add(new ParameterSpec(ClipTextEncoder.POSITIONS, config.maxPositionEmbeddings(), config.hiddenSize()));
        specs.addAll(Parameters.of(root -> build(config, root.withAdapters(adapters), 1)));
        return specs;
    }

    /** Builds the graph for texts of some length, from embeddings to states. */
    static void build(ClipTextConfig config, Scope root, int tokens) {
        INDArray future = mask(root.dataType(), tokens, key -> false);
        Scope scope = root.at(ClipTextEncoder.ROOT);
        build(config, scope, tokens, scope.graph().constant(scope.name("causal_mask"), future));
    }

    /** The same with a placeholder for the {@link #mask}. */
    static void buildMasked(ClipTextConfig config, Scope root, int tokens) {
        SDVariable mask = root.graph().placeHolder(ClipTextEncoder.MASK, root.dataType(), 1, 1, tokens, tokens);
        build(config, root.at(ClipTextEncoder.ROOT), tokens, mask);
    }

    private static void build(ClipTextConfig config, Scope scope, int tokens, SDVariable mask) {
        int width = config.hiddenSize();
        var input = scope.graph().placeHolder(ClipTextEncoder.EMBEDDINGS, scope.dataType(), -1, tokens, width);
        new ClipTextGraph(config, scope, mask).apply(Tokens.of(input, tokens, width));
    }

    /**
     * Builds all layers. The states after the layer that is n before the last, normalised, are named
     * {@code state.<n>}; {@code state.0} is what Stable Diffusion 1.x uses.
     */
    private void apply(Tokens embeddings) {
        int last = config.numHiddenLayers();
        SDVariable weight = scope.parameter("final_layer_norm.weight", config.hiddenSize());
        SDVariable bias = scope.parameter("final_layer_norm.bias", config.hiddenSize());
        Tokens x = embeddings;
        for (int i = 0; i <= last; i++) {
            scope.formulation()
                    .layerNorm(x, weight, bias, config.layerNormEps())
                    .array()
                    .rename(state(last - i));
            if (i < last) {
                x = layer(scope.at("encoder").at("layers").at(i), x);
            }
        }
    }

    /** The states after a layer of a text encoder. */
    static String state(ClipTextConfig config, int clipSkip) {
        if (clipSkip < 0 || clipSkip > config.numHiddenLayers()) {
            throw new IllegalArgumentException(
                    "clip skip is %d, the text encoder has %d layers".formatted(clipSkip, config.numHiddenLayers()));
        }
        return state(clipSkip);
    }

    static String state(int layersBeforeTheLast) {
        return "state." + layersBeforeTheLast;
    }

    private Tokens layer(Scope layer, Tokens x) {
        Tokens asked = LayerNorm.apply(layer.at("layer_norm1"), x, config.layerNormEps());
        Tokens h = scope.formulation().plus(attention(layer.at("self_attn"), asked), x);
        asked = LayerNorm.apply(layer.at("layer_norm2"), h, config.layerNormEps());
        Scope mlp = layer.at("mlp");
        Tokens inner = Linear.apply(mlp.at("fc1"), asked, config.intermediateSize());
        Tokens outer = Linear.apply(mlp.at("fc2"), scope.formulation().quickGelu(inner), config.hiddenSize());
        return scope.formulation().plus(outer, h);
    }

    private Tokens attention(Scope attention, Tokens x) {
        int width = config.hiddenSize();
        Tokens query = Linear.apply(attention.at("q_proj"), x, width);
        Tokens key = Linear.apply(attention.at("k_proj"), x, width);
        Tokens value = Linear.apply(attention.at("v_proj"), x, width);
        Tokens mixed = scope.formulation().attention(attention, query, key, value, config.numAttentionHeads(), causal);
        return Linear.apply(attention.at("out_proj"), mixed, width);
    }
}
