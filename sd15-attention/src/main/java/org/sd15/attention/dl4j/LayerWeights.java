package org.sd15.attention.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.Weights;

/**
 * The weights of a {@link CrossAttentionLayer} in a network, under their two names: a diffusers checkpoint's, such as
 * {@code to_out.0.weight}, and DL4J's key, {@code toOut.0.weight}.
 */
public final class LayerWeights {

    private static final Pattern UNDERSCORE = Pattern.compile("_(\\p{Lower})");

    private LayerWeights() {}

    /** All parameters, named as diffusers does below a path. */
    static List<ParameterSpec> of(CrossAttention attention, String path) {
        return Parameters.of(root -> {
            Tokens image = tokens(root, "image", attention.queryDim());
            Tokens text = tokens(root, "text", attention.contextDim());
            attention.apply(path.isEmpty() ? root : root.at(path), image, text);
        });
    }

    private static Tokens tokens(Scope root, String name, int width) {
        return Tokens.of(root.graph().placeHolder(name, root.dataType(), -1, 1, width), 1, width);
    }

    /**
     * The key of a parameter in DL4J: {@code to_out.0.weight} is {@code toOut.0.weight} there, because DL4J takes what
     * follows the last underscore of {@code vertex_key} for the key.
     */
    static String key(String name) {
        return UNDERSCORE.matcher(name).replaceAll(match -> match.group(1).toUpperCase(Locale.ROOT));
    }

    static void define(CrossAttentionConfig config, SDVertexParams params) {
        params.clear();
        params.defineInputs(config.inputs(2).stream().map(AttentionInput::name).toArray(String[]::new));
        for (ParameterSpec spec : of(config.attention(), "")) {
            if (spec.shape().length > 1) {
                params.addWeightParam(key(spec.name()), spec.shape());
            } else {
                params.addBiasParam(key(spec.name()), spec.shape());
            }
        }
    }

    static void initialise(IWeightInit init, Map<String, INDArray> params) {
        for (INDArray array : params.values()) {
            if (array.rank() > 1) {
                init.init((double) array.size(1), (double) array.size(0), array.shape(), 'c', array);
            } else {
                array.assign(0);
            }
        }
    }

    /**
     * Copies the weights of an attention out of a checkpoint into a network.
     *
     * @param graph an initialised network
     * @param vertex name of the vertex
     * @param weights the checkpoint
     * @param path path of the attention in it, for instance
     *     {@code down_blocks.0.attentions.0.transformer_blocks.0.attn2}
     * @throws IllegalArgumentException if the network has no such vertex, or as {@link Weights#get} does; the network
     *     then is as it was
     */
    public static void load(ComputationGraph graph, String vertex, Weights weights, String path) {
        Map<String, INDArray> own = table(graph, vertex);
        Map<String, INDArray> loaded = new LinkedHashMap<>();
        for (ParameterSpec spec : of(attention(graph, vertex), path)) {
            loaded.put(keyBelow(path, spec), weights.get(spec)); // all of them, before the first is overwritten
        }
        loaded.forEach((key, array) -> value(own, key).assign(array));
    }

    /**
     * The weights of a vertex under the names of a diffusers checkpoint: the reverse of {@link #load}.
     *
     * @return copies, by name
     */
    public static Map<String, INDArray> export(ComputationGraph graph, String vertex, String path) {
        Map<String, INDArray> own = table(graph, vertex);
        Map<String, INDArray> exported = new LinkedHashMap<>();
        for (ParameterSpec spec : of(attention(graph, vertex), path)) {
            exported.put(spec.name(), value(own, keyBelow(path, spec)).dup());
        }
        return exported;
    }

    private static INDArray value(Map<String, INDArray> table, String key) {
        return Objects.requireNonNull(table.get(key), key);
    }

    private static String keyBelow(String path, ParameterSpec spec) {
        return key(path.isEmpty() ? spec.name() : spec.name().substring(path.length() + 1));
    }

    private static CrossAttention attention(ComputationGraph graph, String vertex) {
        Map<String, GraphVertex> vertices = graph.getConfiguration().getVertices();
        GraphVertex found = vertices.get(vertex);
        if (found instanceof FrozenVertex frozen) {
            found = frozen.getUnderlying();
        }
        if (found instanceof CrossAttentionLayer layer) {
            return layer.getConfig().attention();
        }
        throw new IllegalArgumentException("the network has no cross-attention vertex %s; its vertices are %s"
                .formatted(vertex, vertices.keySet()));
    }

    private static Map<String, INDArray> table(ComputationGraph graph, String vertex) {
        attention(graph, vertex);
        if (graph.getVertices() == null) {
            throw new IllegalStateException("the network has no parameters yet: call init() first");
        }
        return graph.getVertex(vertex).paramTable(false);
    }
}
