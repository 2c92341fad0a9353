package org.sd15.attention.dl4j;

import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.exception.DL4JInvalidConfigException;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.conf.serde.JsonMappers;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInit;
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
 * {@code [b, c, h, w]}, whose pixels are the tokens, or a sequence, {@code [b, c, n]} (NCW) unless the builder is told that
 * it is {@code [b, n, c]} (NWC), as text encoders have it. Batch, size and length may change from call to call. The output
 * has the format and the shape of the first input.
 *
 * <p><b>Masks.</b> The mask {@code [b, m]} of what is attended to is 1 for a token that is there, 0 for an absent one: it
 * gets no weight. If all are absent, the result is the output projection's bias. The first input's mask is passed on.
 *
 * <p><b>Parameters</b> are {@code <vertex>_toQ.weight [heads headDim, queryDim]}, {@code <vertex>_toK.weight} and
 * {@code <vertex>_toV.weight [heads headDim, contextDim]}, {@code <vertex>_toOut.0.weight [queryDim, heads headDim]},
 * {@code <vertex>_toOut.0.bias [queryDim]}. {@link LayerWeights} reads them from a checkpoint. Else weights start as the
 * layer's weight initialisation says, or the network's, and the bias at zero.
 *
 * <p>Networks are FLOAT or DOUBLE. {@code ComputationGraph.fit} of 1.0.0-M2.1 does nothing if no <em>layer</em> has
 * parameters, whatever vertices have: train with a convolution or a dense layer beside this one.
 */
public final class CrossAttentionLayer extends SameDiffVertex {

    private @Nullable CrossAttentionConfig config;
    private @Nullable IWeightInit weightInit;

    /** A layer without dimensions, for Jackson. */
    public CrossAttentionLayer() {}

    /** Starts a layer. */
    public static Builder builder() {
        return new Builder();
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

    @Override
    public void applyGlobalConfigToLayer(NeuralNetConfiguration.Builder globalConfig) {
        if (weightInit == null) {
            weightInit = globalConfig.getWeightInitFn();
        }
    }

    @Override
    public SDVariable defineVertex(
            SameDiff sameDiff,
            Map<String, SDVariable> layerInput,
            Map<String, SDVariable> paramTable,
            @Nullable Map<String, SDVariable> maskVars) {
        return getConfig().build(sameDiff, layerInput, paramTable, maskVars == null ? Map.of() : maskVars);
    }

    @Override
    public GraphVertex instantiate(
            ComputationGraph graph, String name, int idx, INDArray paramsView, boolean initialise, DataType type) {
        setName(name);
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new DL4JInvalidConfigException(
                    "%s: the network computes in %s, attention needs FLOAT or DOUBLE".formatted(label(), type));
        }
        return new AttentionVertex(this, graph, name, idx, paramsView, initialise, type);
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

    /** A copy that shares nothing: what JSON would carry. */
    @Override
    public CrossAttentionLayer clone() {
        return JsonMappers.getMapper().convertValue(this, CrossAttentionLayer.class);
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof CrossAttentionLayer that
                && Objects.equals(config, that.config)
                && Objects.equals(weightInit, that.weightInit)
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

    public void setConfig(CrossAttentionConfig config) {
        this.config = config;
    }

    /** How weights start; null for the network's way. */
    public @Nullable IWeightInit getWeightInit() {
        return weightInit;
    }

    /** Sets how weights start. */
    public void setWeightInit(@Nullable IWeightInit weightInit) {
        this.weightInit = weightInit;
    }

    /** Builds layers. {@link #queryDim} and {@link #heads} must be given. */
    public static final class Builder {

        private int queryDim;
        private int contextDim;
        private int heads;
        private int headDim;
        private RNNFormat imageFormat = RNNFormat.NCW;
        private RNNFormat textFormat = RNNFormat.NCW;
        private @Nullable IWeightInit weightInit;

        /** Width of an image token, and of the result. */
        public Builder queryDim(int width) {
            queryDim = width;
            return this;
        }

        /** Width of a text token; that of the image, unless given. */
        public Builder contextDim(int width) {
            contextDim = width;
            return this;
        }

        /** Number of heads. */
        public Builder heads(int number) {
            heads = number;
            return this;
        }

        /** Width of a head; {@code queryDim / heads}, unless given. */
        public Builder headDim(int width) {
            headDim = width;
            return this;
        }

        /** How an image that is a sequence lies in its array. */
        public Builder imageFormat(RNNFormat format) {
            imageFormat = format;
            return this;
        }

        /** How a text that is a sequence lies in its array. */
        public Builder textFormat(RNNFormat format) {
            textFormat = format;
            return this;
        }

        /** How weights start; the network's way, unless given. */
        public Builder weightInit(IWeightInit init) {
            weightInit = init;
            return this;
        }

        /** How weights start; the network's way, unless given. */
        public Builder weightInit(WeightInit init) {
            return weightInit(init.getWeightInitFunction());
        }

        /** The layer; an {@link IllegalArgumentException} if a dimension is missing or the heads do not divide the width. */
        public CrossAttentionLayer build() {
            var layer = new CrossAttentionLayer();
            layer.setConfig(CrossAttentionConfig.of(queryDim, contextDim, heads, headDim, imageFormat, textFormat));
            layer.setWeightInit(weightInit);
            return layer;
        }
    }
}
