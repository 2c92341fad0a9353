package org.sd15.pipeline.text;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.attention.session.GraphSession;
import org.sd15.attention.session.ParameterTable;

/**
 * CLIP's text encoder: token ids to text states.
 *
 * <p>For one thread at a time: one that comes while another is inside gets an {@link IllegalStateException}, and so does
 * one that comes after {@link #close}. Give each thread a handle of its own by {@link #share}.
 *
 * <p>Parameters are named as in transformers' files, with their prefix {@code text_model.}.
 */
public final class ClipTextEncoder implements AutoCloseable {

    static final String ROOT = "text_model";
    static final String TOKENS = ROOT + ".embeddings.token_embedding.weight";
    static final String POSITIONS = ROOT + ".embeddings.position_embedding.weight";
    static final String EMBEDDINGS = "embeddings";
    static final String MASK = "mask";

    private final ClipTextConfig config;
    private final DataType dataType;
    private final Adapters adapters;
    private final Execution execution;
    private final ParameterTable parameters;
    private final ClipTextGraphs graphs;
    private final TokenVectors tokens;
    private final ExclusiveUse access = new ExclusiveUse("the text encoder");

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

    /** A text encoder with low-rank additions, whose parameters the weights have too, computed by a given execution. */
    public ClipTextEncoder(
            ClipTextConfig config, Weights weights, DataType dataType, Adapters adapters, Execution execution) {
        this.config = config;
        this.dataType = dataType;
        this.adapters = adapters;
        this.execution = execution;
        this.parameters = new ParameterTable(parameters(config, adapters), weights, dataType, execution);
        this.tokens = new TokenVectors(config, dataType);
        this.graphs = new ClipTextGraphs(config, dataType, adapters, execution, parameters);
    }

    private ClipTextEncoder(ClipTextEncoder other) {
        this.config = other.config;
        this.dataType = other.dataType;
        this.adapters = other.adapters;
        this.execution = other.execution;
        this.parameters = other.parameters.share();
        this.tokens = other.tokens.copy();
        this.graphs = new ClipTextGraphs(config, dataType, adapters, execution, parameters);
    }

    /**
     * Another handle for another thread, closed apart, of the same weight arrays, which must not be written to meanwhile: a
     * training refuses that. What is replaced or added in one stays in the other.
     */
    public ClipTextEncoder share() {
        return access.call(() -> new ClipTextEncoder(this));
    }

    /** Who is inside: what takes several calls enters it first. */
    public ExclusiveUse access() {
        return access;
    }

    /** Makes sure that the weight arrays are this handle's alone, and may be written to; fails if there are others. */
    public void requireUnshared() {
        parameters.requireUnshared("the text encoder");
    }

    /** The parameters, named and shaped as in checkpoints. */
    public static List<ParameterSpec> parameters(ClipTextConfig config) {
        return parameters(config, Adapters.NONE);
    }

    /** The parameters of a text encoder with low-rank additions, those among them. */
    public static List<ParameterSpec> parameters(ClipTextConfig config, Adapters adapters) {
        return ClipTextGraph.parameters(config, adapters);
    }

    /** The configuration. */
    public ClipTextConfig config() {
        return config;
    }

    /** The weight arrays by name, in diffusers' layout: the model's own. What a file has in half precision is widened. */
    public Map<String, INDArray> weights() {
        return parameters.arrays();
    }

    /** Shows all weights in float32 to a reader, one at a time: nothing stays widened. */
    public void readWeights(BiConsumer<String, INDArray> reader) {
        access.run(() -> parameters.read(reader));
    }

    /**
     * Puts arrays in the place of weights, in diffusers' layout. The old arrays stay as they are.
     *
     * @throws IllegalArgumentException if there is no such weight, or the shape or the type is another; nothing is replaced
     */
    public void replaceWeights(Map<String, INDArray> replacements) {
        access.run(() -> {
            parameters.replace(replacements);
            graphs.close();
        });
    }

    /** The number of tokens that it knows: its vocabulary, and what was added to it. */
    public int vocabularySize() {
        return tokens.count();
    }

    /**
     * Adds tokens after those of the vocabulary. They are kept beside the weights, which stay as they are.
     *
     * @param vectors {@code [tokens, hiddenSize]}
     * @return the number of the first one; the others follow
     * @throws IllegalArgumentException if the width is another
     */
    public int addTokens(INDArray vectors) {
        return access.call(() -> tokens.add(vectors));
    }

    /**
     * Gives added tokens other vectors.
     *
     * @param first the number of the first one, as {@link #addTokens} returned it
     * @param vectors {@code [tokens, hiddenSize]}
     * @throws IllegalArgumentException if the width is another, or one of them was not added
     */
    public void replaceTokens(int first, INDArray vectors) {
        access.run(() -> tokens.replace(first, vectors));
    }

    /** The vector of a token, a copy: {@code [hiddenSize]}. */
    public INDArray tokenEmbedding(int id) {
        return access.call(() ->
                tokens.rows(parameters.stored(TOKENS), new int[] {id}).getRow(0).dup());
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
     * @throws IllegalArgumentException if a text is missing, empty, too long or as no other, or an id is unknown
     * @throws ArithmeticException if the states are not finite; the message names the weight that is to blame
     */
    public INDArray encode(int clipSkip, int[]... ids) {
        return access.call(() -> states(clipSkip, ids, Map.of(), () -> graphs.causal(ids[0].length)));
    }

    /**
     * The states of a text of which some tokens are hidden from all others, as by the attention mask of transformers.
     *
     * @param ids the tokens
     * @param hidden by position; the first token must be seen
     * @return {@code [1, tokens, hiddenSize]}
     * @throws IllegalArgumentException as {@link #encode(int, int[][])}, and if the first token is hidden
     */
    public INDArray encodeMasked(int clipSkip, int[] ids, IntPredicate hidden) {
        INDArray mask = ClipTextGraph.mask(dataType, ids.length, hidden);
        return access.call(
                () -> states(clipSkip, new int[][] {ids}, Map.of(MASK, mask), () -> graphs.masked(ids.length)));
    }

    private INDArray states(int clipSkip, int[][] ids, Map<String, INDArray> mask, Supplier<GraphSession> session) {
        String state = ClipTextGraph.state(config, clipSkip);
        Map<String, INDArray> feeds = new LinkedHashMap<>(mask);
        INDArray embedded = embed(ids);
        feeds.put(EMBEDDINGS, embedded);
        Map<String, INDArray> values = session.get().evaluate(feeds, List.of(state));
        INDArray states = Objects.requireNonNull(values.get(state));
        return parameters.requireFinite("the text encoder's state", states, Map.of("embedding", embedded));
    }

    /** Token plus position embeddings, {@code [batch, tokens, hiddenSize]}. A look-up needs no graph. */
    INDArray embed(int[][] ids) {
        parameters.requireOpen();
        if (parameters.takeWidened()) {
            graphs.close();
        }
        return tokens.embed(parameters.stored(TOKENS), parameters.stored(POSITIONS), ids);
    }

    ClipTextGraphs graphs() {
        return graphs;
    }

    /** Gives back, until the next use, all but the weights; buffers alone while other handles share those. */
    public void trim() {
        access.run(() -> {
            graphs.close();
            parameters.forgetIn(execution);
        });
    }

    /**
     * Frees the buffers. The weights belong to the caller that supplied them.
     *
     * @throws IllegalStateException if another thread is inside; then nothing is freed
     */
    @Override
    public void close() {
        access.close(() -> {
            graphs.close();
            parameters.release();
        });
    }
}
