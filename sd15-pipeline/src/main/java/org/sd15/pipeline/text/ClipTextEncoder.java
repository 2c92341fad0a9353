package org.sd15.pipeline.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.GraphCache;
import org.sd15.attention.graph.GraphSession;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.ParameterTable;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.Weights;

/**
 * CLIP's text encoder: token ids to text states. Not safe for use by several threads at once.
 *
 * <p>Parameters are named as in transformers' files, with their prefix {@code text_model.}.
 */
public final class ClipTextEncoder implements AutoCloseable {

    private static final String ROOT = "text_model";
    static final String TOKENS = ROOT + ".embeddings.token_embedding.weight";
    static final String POSITIONS = ROOT + ".embeddings.position_embedding.weight";
    static final String EMBEDDINGS = "embeddings";
    private static final int KEPT_GRAPHS = 2;

    private final ClipTextConfig config;
    private final DataType dataType;
    private final Adapters adapters;
    private final Execution execution;
    private final ParameterTable parameters;
    private final GraphCache<Integer, GraphSession> graphs = new GraphCache<>(KEPT_GRAPHS);
    private final List<INDArray> added = new ArrayList<>();

    /** A native text encoder in float32. */
    public ClipTextEncoder(ClipTextConfig config, Weights weights) {
        this(config, weights, DataType.FLOAT, Execution.NATIVE);
    }

    /** A native text encoder in a given precision: FLOAT, or DOUBLE for checks. */
    public ClipTextEncoder(ClipTextConfig config, Weights weights, DataType dataType) {
        this(config, weights, dataType, Adapters.NONE, Execution.NATIVE);
    }

    /** A native text encoder with low-rank additions, whose parameters the weights have too. */
    public ClipTextEncoder(ClipTextConfig config, Weights weights, DataType dataType, Adapters adapters) {
        this(config, weights, dataType, adapters, Execution.NATIVE);
    }

    /** A text encoder without additions, computed by a given execution. */
    public ClipTextEncoder(ClipTextConfig config, Weights weights, DataType dataType, Execution execution) {
        this(config, weights, dataType, Adapters.NONE, execution);
    }

    /**
     * A text encoder.
     *
     * @param weights those of the additions among them
     * @param dataType FLOAT, or DOUBLE for checks
     * @param adapters low-rank additions
     * @param execution how its graphs are computed
     */
    public ClipTextEncoder(
            ClipTextConfig config, Weights weights, DataType dataType, Adapters adapters, Execution execution) {
        this.config = config;
        this.dataType = dataType;
        this.adapters = adapters;
        this.execution = execution;
        this.parameters = new ParameterTable(parameters(config, adapters), weights, dataType);
    }

    /** The parameters, named and shaped as in checkpoints. */
    public static List<ParameterSpec> parameters(ClipTextConfig config) {
        return parameters(config, Adapters.NONE);
    }

    /** The parameters of a text encoder with low-rank additions, those among them. */
    public static List<ParameterSpec> parameters(ClipTextConfig config, Adapters adapters) {
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(new ParameterSpec(TOKENS, config.vocabSize(), config.hiddenSize()));
        specs.add(new ParameterSpec(POSITIONS, config.maxPositionEmbeddings(), config.hiddenSize()));
        specs.addAll(Parameters.of(root -> build(config, root.withAdapters(adapters), 1)));
        return specs;
    }

    /** The configuration. */
    public ClipTextConfig config() {
        return config;
    }

    /** The weight arrays by name. They are the model's own, not copies. */
    public Map<String, INDArray> weights() {
        return parameters.arrays();
    }

    /**
     * Puts arrays in the place of weights, in diffusers' layout. Graphs are built anew when they are next needed; the
     * old arrays stay as they are.
     *
     * @throws IllegalArgumentException if there is no such weight, or the shape or the data type is another; then
     *     nothing is replaced
     */
    public void replaceWeights(Map<String, INDArray> replacements) {
        parameters.replace(replacements);
        graphs.close();
    }

    /** The number of tokens that it knows: its vocabulary, and what was added to it. */
    public int vocabularySize() {
        return config.vocabSize() + added.size();
    }

    /**
     * Adds tokens after those of the vocabulary. They are kept beside the weights, which stay as they are.
     *
     * @param vectors {@code [tokens, hiddenSize]}
     * @return the number of the first one; the others follow
     * @throws IllegalArgumentException if the width is another
     */
    public int addTokens(INDArray vectors) {
        if (vectors.rank() != 2 || vectors.size(1) != config.hiddenSize()) {
            throw new IllegalArgumentException("the vectors are %s, the text encoder takes [tokens, %d] (hidden_size)"
                    .formatted(Arrays.toString(vectors.shape()), config.hiddenSize()));
        }
        int first = vocabularySize();
        for (int i = 0; i < vectors.size(0); i++) {
            added.add(vectors.getRow(i).castTo(dataType).dup());
        }
        return first;
    }

    /**
     * Gives added tokens other vectors.
     *
     * @param first the number of the first one, as {@link #addTokens} returned it
     * @param vectors {@code [tokens, hiddenSize]}
     */
    public void replaceTokens(int first, INDArray vectors) {
        for (int i = 0; i < vectors.size(0); i++) {
            added.get(first - config.vocabSize() + i).assign(vectors.getRow(i));
        }
    }

    /** The vector of a token, a copy: {@code [hiddenSize]}. */
    public INDArray tokenEmbedding(int id) {
        return tokenEmbeddings(new int[] {id}).getRow(0).dup();
    }

    /** The states after the last layer and the final norm, {@code [batch, tokens, hiddenSize]}. */
    public INDArray encode(int[]... ids) {
        return encode(0, ids);
    }

    /**
     * The states after an earlier layer and the final norm.
     *
     * @param clipSkip how many layers earlier: 0 is the last
     * @param ids one row a text, all of one length
     * @return {@code [batch, tokens, hiddenSize]}
     * @throws IllegalArgumentException if a text is too long or an id is not in the vocabulary
     * @throws ArithmeticException if the states are not finite; the message names the weight that is to blame
     */
    public INDArray encode(int clipSkip, int[]... ids) {
        if (clipSkip < 0 || clipSkip > config.numHiddenLayers()) {
            throw new IllegalArgumentException(
                    "clip skip is %d, the text encoder has %d layers".formatted(clipSkip, config.numHiddenLayers()));
        }
        int tokens = ids[0].length;
        GraphSession session = graphs.get(tokens, () -> session(tokens));
        String state = ClipTextGraph.state(clipSkip);
        INDArray embedded = embed(ids);
        Map<String, INDArray> values = session.evaluate(Map.of(EMBEDDINGS, embedded), List.of(state));
        INDArray states = Objects.requireNonNull(values.get(state));
        return parameters.requireFinite("the text encoder's state", states, Map.of("embedding", embedded));
    }

    /** Token plus position embeddings, {@code [batch, tokens, hiddenSize]}. A look-up needs no graph. */
    INDArray embed(int[][] ids) {
        int tokens = ids[0].length;
        if (tokens > config.maxPositionEmbeddings()) {
            throw new IllegalArgumentException("a text of %d tokens, the text encoder takes %d at most"
                    .formatted(tokens, config.maxPositionEmbeddings()));
        }
        int[] all = Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray();
        int[] places = new int[all.length];
        Arrays.setAll(places, i -> i % tokens);
        INDArray embedded = tokenEmbeddings(all);
        embedded.addi(Nd4j.pullRows(parameters.get(POSITIONS), 1, places));
        return embedded.reshape(ids.length, tokens, config.hiddenSize());
    }

    private INDArray tokenEmbeddings(int[] ids) {
        int vocabulary = config.vocabSize();
        for (int id : ids) {
            if (id < 0 || id >= vocabularySize()) {
                throw new IllegalArgumentException(
                        "token %d is not in the text encoder's vocabulary of %d".formatted(id, vocabularySize()));
            }
        }
        int[] rows = Arrays.stream(ids).map(id -> id < vocabulary ? id : 0).toArray();
        INDArray embedded = Nd4j.pullRows(parameters.get(TOKENS), 1, rows);
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] >= vocabulary) {
                embedded.putRow(i, added.get(ids[i] - vocabulary));
            }
        }
        return embedded;
    }

    private GraphSession session(int tokens) {
        return new GraphSession(graph(tokens, name -> false), execution);
    }

    /** How the graphs of this encoder are computed. */
    Execution execution() {
        return execution;
    }

    /** A graph from embeddings to states, in which some parameters are variables. */
    SameDiff graph(int tokens, Predicate<String> trained) {
        SameDiff graph = Graphs.create();
        Scope root = Scope.of(graph, dataType, Parameters.from(parameters, trained), execution);
        build(config, root.withAdapters(adapters), tokens);
        return graph;
    }

    private static void build(ClipTextConfig config, Scope root, int tokens) {
        int width = config.hiddenSize();
        var input = root.graph().placeHolder(EMBEDDINGS, root.dataType(), -1, tokens, width);
        new ClipTextGraph(config, root.at(ROOT), tokens).apply(Tokens.of(input, tokens, width));
    }

    /** Frees the buffers. The weights belong to whoever supplied them. */
    @Override
    public void close() {
        graphs.close();
    }
}
