package org.sd15.attention.dl4j;

import java.util.List;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInit;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Builds {@link CrossAttentionLayer}s. {@link #queryDim} and {@link #heads} must be given; updaters, regularisation and weight
 * initialisation are the network's, unless given by the methods that DL4J's own layers have for it.
 */
public final class CrossAttentionLayerBuilder {

    private int queryDim;
    private int contextDim;
    private int heads;
    private int headDim;
    private RNNFormat imageFormat = RNNFormat.NCW;
    private RNNFormat textFormat = RNNFormat.NCW;
    private boolean projectionBias;
    private boolean causal;
    private @Nullable AttentionMask mask;
    private double attentionDropOut = 1;
    private double outputDropOut = 1;

    /** Settings of training mean here what they mean in DL4J: its own builder reads them. */
    private final DenseLayer.Builder training = new DenseLayer.Builder();

    /** Channels of an image token, and of the result; 320, 640 or 1280 in Stable Diffusion 1.5. */
    public CrossAttentionLayerBuilder queryDim(int width) {
        queryDim = width;
        return this;
    }

    /** Channels of a text token, 768 in Stable Diffusion 1.5; those of the image, unless given. */
    public CrossAttentionLayerBuilder contextDim(int width) {
        contextDim = width;
        return this;
    }

    /** Number of heads, 8 in Stable Diffusion 1.5; a divisor of {@link #queryDim}, unless {@link #headDim} is given. */
    public CrossAttentionLayerBuilder heads(int number) {
        heads = number;
        return this;
    }

    /** Width of a head; {@code queryDim / heads}, unless given. */
    public CrossAttentionLayerBuilder headDim(int width) {
        headDim = width;
        return this;
    }

    /** Layout of an image that is a sequence: NCW {@code [b, c, n]}, which is the default, or NWC {@code [b, n, c]}. */
    public CrossAttentionLayerBuilder imageFormat(RNNFormat format) {
        imageFormat = format;
        return this;
    }

    /** Layout of a text that is a sequence: NCW {@code [b, c, m]}, which is the default, or NWC {@code [b, m, c]}. */
    public CrossAttentionLayerBuilder textFormat(RNNFormat format) {
        textFormat = format;
        return this;
    }

    /** Whether the projections to queries, keys and values have a bias; not in Stable Diffusion. */
    public CrossAttentionLayerBuilder projectionBias(boolean wanted) {
        projectionBias = wanted;
        return this;
    }

    /** Whether a query sees only the tokens up to its own place: token j is seen by query i if {@code j <= i}. */
    public CrossAttentionLayerBuilder causal(boolean wanted) {
        causal = wanted;
        return this;
    }

    /** Which tokens each query sees; the layer then takes as many queries and tokens as the mask has. */
    public CrossAttentionLayerBuilder mask(AttentionMask dense) {
        mask = dense;
        return this;
    }

    /** Dropout on the attention's weights: the probability that one is kept, as everywhere in DL4J; 1, or 0, for none. */
    public CrossAttentionLayerBuilder attentionDropOut(double retained) {
        attentionDropOut = retained;
        return this;
    }

    /** Dropout on the result: the probability that an activation is kept, as everywhere in DL4J; 1, or 0, for none. */
    public CrossAttentionLayerBuilder outputDropOut(double retained) {
        outputDropOut = retained;
        return this;
    }

    /** How weights are initialised; the network's way, unless given. */
    public CrossAttentionLayerBuilder weightInit(IWeightInit init) {
        training.weightInit(init);
        return this;
    }

    /** How weights are initialised; the network's way, unless given. */
    public CrossAttentionLayerBuilder weightInit(WeightInit init) {
        training.weightInit(init);
        return this;
    }

    /** What turns gradients into steps. */
    public CrossAttentionLayerBuilder updater(IUpdater updater) {
        training.updater(updater);
        return this;
    }

    /** The same for biases. */
    public CrossAttentionLayerBuilder biasUpdater(IUpdater updater) {
        training.biasUpdater(updater);
        return this;
    }

    /** L1 regularisation of weights. */
    public CrossAttentionLayerBuilder l1(double coefficient) {
        training.l1(coefficient);
        return this;
    }

    /** L1 regularisation of biases. */
    public CrossAttentionLayerBuilder l1Bias(double coefficient) {
        training.l1Bias(coefficient);
        return this;
    }

    /** L2 regularisation of weights; takes the place of a weight decay. */
    public CrossAttentionLayerBuilder l2(double coefficient) {
        training.l2(coefficient);
        return this;
    }

    /** L2 regularisation of biases; takes the place of a weight decay. */
    public CrossAttentionLayerBuilder l2Bias(double coefficient) {
        training.l2Bias(coefficient);
        return this;
    }

    /** Decay of weights, times the learning rate; takes the place of L2. */
    public CrossAttentionLayerBuilder weightDecay(double coefficient) {
        training.weightDecay(coefficient);
        return this;
    }

    /** Decay of weights; takes the place of L2. */
    public CrossAttentionLayerBuilder weightDecay(double coefficient, boolean timesLearningRate) {
        training.weightDecay(coefficient, timesLearningRate);
        return this;
    }

    /** Decay of biases, times the learning rate; takes the place of L2. */
    public CrossAttentionLayerBuilder weightDecayBias(double coefficient) {
        training.weightDecayBias(coefficient);
        return this;
    }

    /** All regularisation of weights. */
    public CrossAttentionLayerBuilder regularization(List<Regularization> all) {
        training.regularization(all);
        return this;
    }

    /** All regularisation of biases. */
    public CrossAttentionLayerBuilder regularizationBias(List<Regularization> all) {
        training.regularizationBias(all);
        return this;
    }

    /** What is done to gradients before the updater sees them. */
    public CrossAttentionLayerBuilder gradientNormalization(GradientNormalization normalization) {
        training.gradientNormalization(normalization);
        return this;
    }

    /** The limit of those normalisations that clip. */
    public CrossAttentionLayerBuilder gradientNormalizationThreshold(double threshold) {
        training.gradientNormalizationThreshold(threshold);
        return this;
    }

    /** What weights must satisfy after each step. They are {@code [out, in]}: dimension 1 is what one output sums over. */
    public CrossAttentionLayerBuilder constrainWeights(LayerConstraint... constraints) {
        training.constrainWeights(constraints);
        return this;
    }

    /** What biases must satisfy after each step. */
    public CrossAttentionLayerBuilder constrainBias(LayerConstraint... constraints) {
        training.constrainBias(constraints);
        return this;
    }

    /** What all parameters must satisfy after each step. */
    public CrossAttentionLayerBuilder constrainAllParameters(LayerConstraint... constraints) {
        training.constrainAllParameters(constraints);
        return this;
    }

    /** The layer; an {@link IllegalArgumentException} if a dimension is missing or the heads do not divide the width. */
    public CrossAttentionLayer build() {
        if (headDim == 0 && heads > 0 && queryDim % heads != 0) {
            throw new IllegalArgumentException(
                    "queryDim %d does not divide into %d heads: set headDim".formatted(queryDim, heads));
        }
        var layer = new CrossAttentionLayer();
        layer.setConfig(new CrossAttentionConfig(
                queryDim,
                contextDim == 0 ? queryDim : contextDim,
                heads,
                headDim == 0 && heads > 0 ? queryDim / heads : headDim,
                imageFormat,
                textFormat,
                projectionBias,
                causal,
                mask,
                attentionDropOut,
                outputDropOut));
        train(layer);
        return layer;
    }

    private void train(CrossAttentionLayer layer) {
        layer.setWeightInit(training.getWeightInitFn());
        layer.setUpdater(training.getIupdater());
        layer.setBiasUpdater(training.getBiasUpdater());
        layer.setRegularization(training.getRegularization());
        layer.setRegularizationBias(training.getRegularizationBias());
        layer.setGradientNormalization(training.getGradientNormalization());
        layer.setGradientNormalizationThreshold(training.getGradientNormalizationThreshold());
        layer.setConstraints(NetworkSettings.constraints(
                layer.getVertexParams(),
                training.getWeightConstraints(),
                training.getBiasConstraints(),
                training.getAllParamConstraints()));
    }
}
