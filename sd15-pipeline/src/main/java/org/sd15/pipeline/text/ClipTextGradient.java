package org.sd15.pipeline.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.session.ArrayCheck;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.GraphCache;

/**
 * The gradients of a text encoder's states. Whoever computes them is inside the text encoder, for one thread at a time.
 *
 * <p>The look-up of token vectors is no part of the graph, as ND4J's {@code gather} has a wrong gradient: the gradient
 * of a token's vector is the sum of those at the places where the token stands.
 */
public final class ClipTextGradient implements AutoCloseable {

    private static final String COTANGENT = "cotangent";
    private static final String LOSS = "loss";
    private static final int KEPT_GRAPHS = 2;

    private final ClipTextEncoder encoder;
    private final List<String> layers;
    private final List<String> tables;
    private final GraphCache<Integer, Built> graphs = new GraphCache<>(KEPT_GRAPHS);

    /**
     * The gradients.
     *
     * @param embeddings with respect to what goes into the first layer, {@code [batch, tokens, hiddenSize]}
     * @param parameters with respect to the chosen parameters, by name
     */
    public record Gradients(INDArray embeddings, Map<String, INDArray> parameters) {}

    /**
     * Gradients of a text encoder.
     *
     * @param trained chooses parameters by name, the tables of tokens and positions among them
     */
    public ClipTextGradient(ClipTextEncoder encoder, Predicate<String> trained) {
        this.encoder = encoder;
        List<String> names = encoder.weights().keySet().stream().filter(trained).toList();
        this.tables = names.stream().filter(EmbeddingTables::isOne).toList();
        this.layers =
                names.stream().filter(name -> !EmbeddingTables.isOne(name)).toList();
    }

    /** The names of the parameters that have gradients. */
    public List<String> trained() {
        return Stream.concat(layers.stream(), tables.stream()).toList();
    }

    /**
     * The gradients of the sum of the products of states and cotangent.
     *
     * @param ids one row a text, all of one length
     * @param cotangent {@code [batch, tokens, hiddenSize]}
     * @throws IllegalArgumentException if it has another shape: nothing is broadcast
     * @throws IllegalStateException if another thread is inside the text encoder, or that is closed
     */
    public Gradients of(int[][] ids, INDArray cotangent) {
        return encoder.access().call(() -> compute(ids, cotangent));
    }

    private Gradients compute(int[][] ids, INDArray cotangent) {
        INDArray embedded = encoder.embed(ids);
        ArrayCheck.requireShape("the cotangent of the states", cotangent, embedded.shape());
        Built built = graphs.get(ids[0].length, () -> build(ids[0].length));
        Map<String, INDArray> feeds =
                Map.of(ClipTextEncoder.EMBEDDINGS, embedded, COTANGENT, cotangent.castTo(embedded.dataType()));
        List<String> names = new ArrayList<>(List.of(ClipTextEncoder.EMBEDDINGS));
        names.addAll(layers);
        OutputsAndGradients evaluation = built.function.evaluate(feeds, names, List.of());
        Map<String, INDArray> parameters = new LinkedHashMap<>(evaluation.gradients());
        INDArray embeddings = Objects.requireNonNull(parameters.remove(ClipTextEncoder.EMBEDDINGS));
        for (String table : tables) {
            parameters.put(
                    table,
                    EmbeddingTables.gradient(
                            table, Objects.requireNonNull(encoder.weights().get(table)), ids, embeddings));
        }
        return new Gradients(embeddings, parameters);
    }

    private record Built(GradientFunction function) implements GraphCache.Built {
        @Override
        public void close() {
            function.close();
        }
    }

    private Built build(int tokens) {
        SameDiff graph = encoder.graphs().graph(tokens, layers::contains);
        SDVariable states = graph.getVariable(ClipTextGraph.state(0));
        SDVariable cotangent = graph.placeHolder(
                COTANGENT, states.dataType(), -1, tokens, encoder.config().hiddenSize());
        states.mul(cotangent).sum().rename(LOSS);
        List<String> variables = new ArrayList<>(layers);
        variables.add(ClipTextEncoder.EMBEDDINGS);
        return new Built(
                GradientFunction.of(graph, LOSS, variables, encoder.graphs().execution()));
    }

    @Override
    public void close() {
        graphs.close();
    }
}
