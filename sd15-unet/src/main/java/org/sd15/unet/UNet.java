package org.sd15.unet;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.attention.session.ParameterTable;

/**
 * The UNet of a Stable Diffusion 1.x model: predicts the noise in latents, and differentiates that prediction.
 *
 * <p>A graph is built at the first use of a picture size, a plan of attention ports or a loss, and kept; all graphs read
 * one set of weight arrays. Sides of any length work, as in diffusers.
 *
 * <p>For one thread at a time: one that comes while another is inside gets an {@link IllegalStateException}, and so does
 * one that comes after {@link #close}. Give each thread a handle of its own by {@link #share}.
 */
public final class UNet implements AutoCloseable {

    private final UNetConfig config;
    private final UNetGraphs graphs;

    /**
     * A native UNet in float32.
     *
     * @throws IllegalArgumentException if a weight is missing or has another shape
     */
    public UNet(UNetConfig config, Weights weights) {
        this(config, weights, DataType.FLOAT);
    }

    /** A native UNet in a given precision: FLOAT, or DOUBLE for checks; others are refused. */
    public UNet(UNetConfig config, Weights weights, DataType dataType) {
        this(config, weights, dataType, Adapters.NONE, Execution.NATIVE);
    }

    /** A native UNet with low-rank additions, whose parameters the weights have too. */
    public UNet(UNetConfig config, Weights weights, DataType dataType, Adapters adapters) {
        this(config, weights, dataType, adapters, Execution.NATIVE);
    }

    /** A UNet without additions, computed by a given execution. */
    public UNet(UNetConfig config, Weights weights, DataType dataType, Execution execution) {
        this(config, weights, dataType, Adapters.NONE, execution);
    }

    /**
     * A UNet.
     *
     * @param weights those of the additions among them
     * @param dataType FLOAT, or DOUBLE for checks
     * @param adapters low-rank additions
     * @param execution how its graphs are computed
     */
    public UNet(UNetConfig config, Weights weights, DataType dataType, Adapters adapters, Execution execution) {
        this.config = config;
        var parameters = new ParameterTable(parameters(config, adapters), weights, dataType, execution);
        this.graphs = new UNetGraphs(config, adapters, parameters, dataType, execution);
    }

    private UNet(UNet other) {
        this.config = other.config;
        this.graphs = other.graphs.share();
    }

    /**
     * Another handle for another thread, closed apart: the same bits from the same weight arrays. What is {@linkplain
     * #replaceWeights replaced} in one stays in the other. The arrays must not be written to meanwhile; a training refuses it.
     */
    public UNet share() {
        return access().call(() -> new UNet(this));
    }

    /** Who is inside: what takes several calls, or other models as well, enters it first. */
    public ExclusiveUse access() {
        return graphs.access();
    }

    /** Makes sure that the weight arrays are this handle's alone, and may be written to; fails if there are others. */
    public void requireUnshared() {
        graphs.parameters().requireUnshared("the UNet");
    }

    /** The parameters of a UNet, named and shaped as in diffusers' checkpoints. */
    public static List<ParameterSpec> parameters(UNetConfig config) {
        return parameters(config, Adapters.NONE);
    }

    /**
     * The parameters of a UNet with low-rank additions, those among them.
     *
     * @throws IllegalArgumentException if they are more than {@link UNetConfig#MOST_PARAMETERS}
     */
    public static List<ParameterSpec> parameters(UNetConfig config, Adapters adapters) {
        config.parameterCount();
        return UNetGraph.parameters(config, adapters);
    }

    /** The configuration. */
    public UNetConfig config() {
        return config;
    }

    /** The weight arrays by name, in diffusers' layout: the model's own. What a file has in half precision is widened. */
    public Map<String, INDArray> weights() {
        return graphs.parameters().arrays();
    }

    /** A copy of a weight, in diffusers' layout. */
    public INDArray copyOfWeight(String name) {
        return access().call(() -> graphs.parameters().copy(name));
    }

    /**
     * Puts arrays in the place of weights, in diffusers' layout. The old arrays stay as they are.
     *
     * @throws IllegalArgumentException if there is no such weight, or the shape or the type is another; nothing is replaced
     */
    public void replaceWeights(Map<String, INDArray> replacements) {
        graphs.replace(replacements);
    }

    /**
     * All attentions in the order of execution, self before cross.
     *
     * @param height rows of the latents
     * @param width columns of the latents
     * @param tokens length of the text
     */
    public List<AttentionSite> sites(int height, int width, int tokens) {
        return config.sites(height, width, tokens);
    }

    /**
     * Predicts the noise.
     *
     * @return {@code [batch, outChannels, height, width]}
     * @throws ArithmeticException if it is not finite; the message names the weight or the input that is to blame
     */
    public INDArray predict(UNetInput input) {
        AttentionControl none = AttentionControl.identity(input.batch());
        return predict(input, AttentionPlan.PLAIN, none, List.of()).sample();
    }

    /**
     * Predicts the noise under control, and reads attention maps.
     *
     * @param plan which attentions have ports
     * @param control what goes into them
     * @param taps names of attention maps, see {@link AttentionSite#probs()}, or of block outputs
     * @throws IllegalArgumentException if a tap does not exist or its map is too large to be held by accident
     * @throws ArithmeticException if the prediction is not finite; the message names the weight or the input that is to
     *     blame
     */
    public UNetOutput predict(UNetInput input, AttentionPlan plan, AttentionControl control, Collection<String> taps) {
        return access().call(() -> graphs.predict(input, plan, control, taps));
    }

    /**
     * Reads attention maps, or block outputs, without a prediction: blocks that none of them depends on are not computed.
     *
     * @param taps names, as in {@link #predict(UNetInput, AttentionPlan, AttentionControl, Collection)}
     * @return the arrays by name; the caller closes them
     */
    public Map<String, INDArray> read(UNetInput input, Collection<String> taps) {
        return access().call(() -> graphs.read(input, taps));
    }

    /**
     * The mean squared error against a target, and its gradients with respect to the sample, the context and chosen
     * parameters.
     *
     * @param target what should have been predicted, {@code [batch, outChannels, height, width]}
     * @param trained chooses parameters by name
     */
    public UNetGradients gradient(UNetInput input, INDArray target, Predicate<String> trained) {
        return gradient(input, Target.of(target), trained, Checkpointing.NONE);
    }

    /**
     * The loss that a target defines, and its gradients with respect to the sample, the context and chosen parameters.
     *
     * @throws IllegalArgumentException if the target has another shape than the prediction: nothing is broadcast
     */
    public UNetGradients gradient(
            UNetInput input, Target target, Predicate<String> trained, Checkpointing checkpointing) {
        return access().call(() -> graphs.differentiation(input, target, trained, checkpointing, true)
                .all());
    }

    /** As {@link #gradient(UNetInput, Target, Predicate, Checkpointing)}, with respect to the chosen parameters alone. */
    public ParameterGradients parameterGradients(
            UNetInput input, Target target, Predicate<String> trained, Checkpointing checkpointing) {
        return access().call(() -> graphs.differentiation(input, target, trained, checkpointing, false)
                .ofParameters());
    }

    /** As {@link #vjp(UNetInput, AttentionPlan, AttentionControl, Map, Predicate)}, with respect to no parameters. */
    public UNetGradients vjp(
            UNetInput input, AttentionPlan plan, AttentionControl control, Map<String, INDArray> cotangents) {
        return vjp(input, plan, control, cotangents, name -> false);
    }

    /**
     * Vector-Jacobian product: the gradients, with respect to sample, context and chosen parameters, of the sum over all
     * cotangents of {@code <variable, cotangent>}. Blocks that no cotangent depends on are not computed.
     *
     * @param cotangents arrays by name of a variable, {@code out} for the prediction or a tap, each of its shape
     * @param trained chooses parameters by name
     * @throws IllegalArgumentException if there is no such variable, it has another shape, or depends on no chosen parameter
     */
    public UNetGradients vjp(
            UNetInput input,
            AttentionPlan plan,
            AttentionControl control,
            Map<String, INDArray> cotangents,
            Predicate<String> trained) {
        return access().call(() -> graphs.vjp(input, plan, control, cotangents, trained));
    }

    /** Gives back, until the next use, all but the weight arrays; buffers alone while other handles share those. */
    public void trim() {
        access().run(graphs::trim);
    }

    /** The graphs that were built. */
    UNetGraphs graphs() {
        return graphs;
    }

    /**
     * Frees the buffers of all graphs. The weights belong to the caller that supplied them.
     *
     * @throws IllegalStateException if another thread is inside; then nothing is freed
     */
    @Override
    public void close() {
        graphs.close();
    }
}
