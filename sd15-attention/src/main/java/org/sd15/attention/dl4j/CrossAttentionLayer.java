package org.sd15.attention.dl4j;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.exception.DL4JInvalidConfigException;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.serde.JsonMappers;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInitXavier;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonIgnore;

/**
 * {@link org.sd15.attention.CrossAttention} as a vertex of a DL4J {@code ComputationGraph}.
 *
 * <pre>{@code
 * var layer = CrossAttentionLayer.builder().queryDim(320).contextDim(768).heads(8).build();
 * graph.addVertex("attend", layer, "image", "text");
 * }</pre>
 *
 * <p><b>Inputs.</b> The first attends to the second, or to itself where there is no second. Either is a feature map
 * {@code [b, c, h, w]}, whose pixels are the tokens, or a sequence, {@code [b, c, n]} (NCW), unless {@code imageFormat} or
 * {@code textFormat} says {@code [b, n, c]} (NWC), as text encoders have it. Batch, size and length may change from call to
 * call. The output has the format and the shape of the first input.
 *
 * <p><b>Masks.</b> The mask {@code [b, m]} of what is attended to is 1 for a token that is present, 0 for an absent one: it
 * gets no weight. {@code causal} and {@code mask} say besides which tokens a query may see. Where it sees none, the result
 * is the output projection's bias. The first input's mask is passed on.
 *
 * <p><b>Parameters</b> are {@code <vertex>_toQ.weight [heads headDim, queryDim]}, {@code <vertex>_toK.weight} and
 * {@code <vertex>_toV.weight [heads headDim, contextDim]}, {@code <vertex>_toOut.0.weight [queryDim, heads headDim]},
 * {@code <vertex>_toOut.0.bias [queryDim]}, with {@code projectionBias} also {@code <vertex>_toQ.bias} and so on.
 * {@link LayerWeights} reads them from a checkpoint. Else weights are initialised as the layer says, or the
 * network, and biases with zeros.
 *
 * <p>Networks are FLOAT or DOUBLE. What DL4J's idioms do to the layer, beside a layer of DL4J's own:
 *
 * <table>
 * <caption>Idioms of DL4J 1.0.0-M2.1</caption>
 * <tr><th>idiom</th><th>the attention</th></tr>
 * <tr><td>updater, bias updater, L1, L2, weight decay, the five gradient normalisations, weight initialisation: the
 *   layer's or the network's</td><td>as a layer; a network's weight decay counts once (DL4J's layers have it twice)</td></tr>
 * <tr><td>constraints</td><td>as a layer; a network's {@code constrainAllParameters} too (DL4J's layers forget it)</td></tr>
 * <tr><td>{@code fit}, {@code numParams}, {@code score} with its regularisation, {@code setListeners}</td><td>as a layer,
 *   also where no other has parameters</td></tr>
 * <tr><td>{@code setLearningRate}, {@code getLearningRate}, for all or by name, rates or schedules</td><td>as a layer; by
 *   name, a stateful updater beside a BatchNormalization is a NullPointerException of DL4J's for any layer</td></tr>
 * <tr><td>{@code getParam}, {@code setParam}, {@code paramTable}, {@code layerSize}, {@code getLayer}; JSON, YAML, {@code
 *   ModelSerializer}; {@code ParallelWrapper} in every mode, {@code ParallelInference}</td><td>as a layer</td></tr>
 * <tr><td>{@code getMemoryReport}, {@code memoryInfo}</td><td>as a layer; sequences need a length, as in DL4J</td></tr>
 * <tr><td>{@code summary}</td><td>name, inputs, shape; parameters in the total only, see {@code paramTable}</td></tr>
 * <tr><td>{@code TransferLearning.GraphBuilder}: keep, remove, replace, freeze</td><td>as a layer: weights come along,
 *   frozen ones stay</td></tr>
 * <tr><td>{@code FineTuneConfiguration}</td><td>updaters, regularisation, gradient normalisation: as a layer, unless the
 *   value is DL4J's default ({@code Sgd(0.001)}, a coefficient of 0, no normalisation), which a vertex can't tell from none;
 *   its constraints never reach a vertex. Set either on the layer of {@code getConfiguration().getVertices()}</td></tr>
 * <tr><td>{@code nOutReplace} of a layer before it</td><td>refused by DL4J: remove both, then add both anew</td></tr>
 * <tr><td>{@code TransferLearningHelper.fitFeaturized}</td><td>trains {@code unfrozenGraph()}, not the original</td></tr>
 * <tr><td>a network's {@code dropOut}, {@code weightNoise}, {@code biasInit}, {@code activation}</td><td>not read</td></tr>
 * </table>
 */
public final class CrossAttentionLayer extends SameDiffVertex {

    private @Nullable CrossAttentionConfig config;
    private @Nullable IWeightInit weightInit;
    private List<LayerConstraint> constraints = List.of();

    private transient @Nullable WeakReference<AttentionVertex> vertex; // runs with these settings
    private transient @Nullable WeakReference<AttentionVertex> original; // with those that they are a copy of
    private transient boolean transferred;

    /** A layer without dimensions, for Jackson. */
    public CrossAttentionLayer() {}

    /** A builder; {@code queryDim} and {@code heads} must be given. */
    public static CrossAttentionLayerBuilder builder() {
        return new CrossAttentionLayerBuilder();
    }

    @Override
    public int minVertexInputs() {
        return getConfig().fewestInputs();
    }

    @Override
    public int maxVertexInputs() {
        return 2;
    }

    /** Parameters follow from the dimensions, so they are not kept. */
    @Override
    @JsonIgnore
    public SDVertexParams getVertexParams() {
        var params = new SDVertexParams();
        if (config != null) {
            defineParametersAndInputs(params);
        }
        return params;
    }

    @Override
    public void defineParametersAndInputs(SDVertexParams params) {
        LayerWeights.define(getConfig(), params);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
        LayerWeights.initialise(weightInit == null ? new WeightInitXavier() : weightInit, params);
    }

    /** Called when a network is configured; and again, on a copy, when another is made of it by transfer learning. */
    @Override
    public void applyGlobalConfig(NeuralNetConfiguration.Builder network) {
        transferred = original != null;
        if (transferred) {
            NetworkSettings.override(this, network);
        }
        NetworkSettings.complete(this, network);
    }

    @Override
    public SDVariable defineVertex(
            SameDiff sameDiff,
            Map<String, SDVariable> layerInput,
            Map<String, SDVariable> paramTable,
            @Nullable Map<String, SDVariable> maskVars) {
        String context = getConfig().context(layerInput.size()).name();
        SDVariable present = maskVars == null ? null : maskVars.get(context);
        return getConfig().build(sameDiff, layerInput, paramTable, present, null);
    }

    @Override
    public GraphVertex instantiate(
            ComputationGraph graph, String name, int idx, INDArray paramsView, boolean initialise, DataType type) {
        if (getName() != null && !getName().equals(name)) { // one layer for two vertices: each has its own
            CrossAttentionLayer own = clone();
            own.setName(name);
            graph.getConfiguration().getVertices().replace(name, this, own);
            return own.instantiate(graph, name, idx, paramsView, initialise, type);
        }
        setName(name);
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new DL4JInvalidConfigException(
                    "%s: the network computes in %s, attention needs FLOAT or DOUBLE".formatted(label(), type));
        }
        var made = new AttentionVertex(this, graph, name, idx, paramsView, initialise, type);
        vertex = new WeakReference<>(made);
        if (initialise && original != null && (transferred || made.frozen())) {
            made.inherit(original.get());
        }
        return made;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... vertexInputs) {
        getConfig().require(label(), vertexInputs);
        return vertexInputs[0];
    }

    @Override
    public void validateInput(INDArray[] input) {
        getConfig().require(label(), input);
    }

    @Override
    public Pair<@Nullable INDArray, MaskState> feedForwardMaskArrays(
            INDArray @Nullable [] maskArrays, MaskState currentMaskState, int minibatchSize) {
        return Pair.of(maskArrays == null ? null : maskArrays[0], currentMaskState);
    }

    String label() { // DL4J tells a vertex its name when the network is initialised
        return getName() == null ? "CrossAttentionLayer" : "vertex " + getName();
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType... inputTypes) {
        return LayerMemory.report(this, inputTypes);
    }

    /** A copy that shares nothing: what JSON would carry. */
    @Override
    public CrossAttentionLayer clone() {
        CrossAttentionLayer copy = JsonMappers.getMapper().convertValue(this, CrossAttentionLayer.class);
        copy.original = vertex == null ? original : vertex;
        return copy;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof CrossAttentionLayer that
                && Objects.equals(config, that.config)
                && Objects.equals(weightInit, that.weightInit)
                && constraints.equals(that.constraints)
                && super.equals(that);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(config);
    }

    /** The dimensions. */
    public CrossAttentionConfig getConfig() {
        if (config == null) {
            throw new IllegalStateException("the layer has no dimensions yet: use CrossAttentionLayer.builder()");
        }
        return config;
    }

    /** Sets the dimensions; for Jackson, since a builder makes a layer whole. */
    public void setConfig(CrossAttentionConfig config) {
        this.config = config;
    }

    /** How weights are initialised; null for the network's weight initialisation. */
    public @Nullable IWeightInit getWeightInit() {
        return weightInit;
    }

    /** Sets how weights are initialised; null for the network's weight initialisation. */
    public void setWeightInit(@Nullable IWeightInit weightInit) {
        this.weightInit = weightInit;
    }

    /** What parameters must satisfy after each step. */
    public List<LayerConstraint> getConstraints() {
        return constraints;
    }

    /** Sets what parameters must satisfy; each constraint names its parameters. Null for nothing. */
    public void setConstraints(@Nullable List<LayerConstraint> constraints) {
        this.constraints = constraints == null ? List.of() : constraints;
    }
}
