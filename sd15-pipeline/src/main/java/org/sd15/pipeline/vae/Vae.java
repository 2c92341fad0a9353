package org.sd15.pipeline.vae;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.ArrayCheck;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.attention.session.GraphCache;
import org.sd15.attention.session.GraphSession;
import org.sd15.attention.session.ParameterTable;
import org.sd15.attention.session.TrainedParameters;

/**
 * The autoencoder of a Stable Diffusion model, diffusers' AutoencoderKL. Latents here are as the autoencoder has them;
 * {@link #scale} and {@link #unscale} lead to those of the UNet.
 *
 * <p>For one thread at a time: one that comes while another is inside gets an {@link IllegalStateException}, and so does
 * one that comes after {@link #close}. Give each thread a handle of its own by {@link #share}.
 */
public final class Vae implements AutoCloseable {

    private static final String IN = "in";
    private static final String OUT = "out";
    private static final int KEPT_GRAPHS = 2;

    private record Key(boolean encodes, int height, int width) {}

    private final VaeConfig config;
    private final DataType dataType;
    private final Execution execution;
    private final ParameterTable parameters;
    private final GraphCache<Key, GraphSession> graphs = new GraphCache<>(KEPT_GRAPHS);
    private final ExclusiveUse access = new ExclusiveUse("the autoencoder");

    /** A native autoencoder in float32. */
    public Vae(VaeConfig config, Weights weights) {
        this(config, weights, DataType.FLOAT, Execution.NATIVE);
    }

    /**
     * An autoencoder.
     *
     * @param dataType FLOAT, or DOUBLE for checks
     * @param execution how its graphs are computed
     */
    public Vae(VaeConfig config, Weights weights, DataType dataType, Execution execution) {
        this.config = config;
        this.dataType = dataType;
        this.execution = execution;
        this.parameters = new ParameterTable(parameters(config), weights, dataType, execution);
    }

    private Vae(Vae other) {
        this.config = other.config;
        this.dataType = other.dataType;
        this.execution = other.execution;
        this.parameters = other.parameters.share();
    }

    /**
     * Another handle for another thread: it computes the same bits from the same weight arrays, has graphs and buffers of
     * its own, and is closed apart. The arrays must not be written to while there are several handles; a training refuses
     * that.
     */
    public Vae share() {
        return access.call(() -> new Vae(this));
    }

    /** Who is inside: what takes several calls, or other models as well, enters it first. */
    public ExclusiveUse access() {
        return access;
    }

    /** Makes sure that the weight arrays are this handle's alone, and may be written to; fails if there are others. */
    public void requireUnshared() {
        parameters.requireUnshared("the autoencoder");
    }

    /**
     * The parameters, named and shaped as in diffusers' checkpoints.
     *
     * @throws IllegalArgumentException if they are more than {@link VaeConfig#MOST_PARAMETERS}
     */
    public static List<ParameterSpec> parameters(VaeConfig config) {
        config.parameterCount();
        return Parameters.of(root -> {
            VaeGraph.of(config, root, true, config.factor(), config.factor(), "picture");
            VaeGraph.of(config, root, false, 1, 1, "latents");
        });
    }

    /** The parameters for a graph in which all of them learn. */
    TrainedParameters trainedParameters() {
        return new TrainedParameters(parameters, name -> true);
    }

    DataType dataType() {
        return dataType;
    }

    Execution execution() {
        return execution;
    }

    /** The configuration. */
    public VaeConfig config() {
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
     * Encodes pictures as they are read from files.
     *
     * @param pictures values from 0 to 1; else as {@link #encode}
     */
    public DiagonalGaussian encodePictures(INDArray pictures) {
        return encode(pictures.mul(2).subi(1));
    }

    /**
     * Encodes pictures.
     *
     * @param pictures values from -1 to 1, {@code [batch, 3, H, W]}; H and W multiples of {@link VaeConfig#factor()}
     * @return the distribution of the latents, {@code [batch, latentChannels, H / f, W / f]}
     * @throws IllegalArgumentException if the sides do not divide, naming the next ones that do
     * @throws ArithmeticException if the latents are not finite; the message names the weight or the input to blame
     */
    public DiagonalGaussian encode(INDArray pictures) {
        requireUsable(pictures);
        INDArray moments = evaluate(true, pictures);
        int channels = config.latentChannels();
        return DiagonalGaussian.of(channels(moments, 0, channels), channels(moments, channels, 2 * channels));
    }

    /** Makes sure that pictures can be encoded, and that the weights are still there. */
    void requireUsable(INDArray pictures) {
        parameters.requireOpen();
        requireShape("pictures", pictures, config.inChannels());
        int factor = config.factor();
        long height = pictures.size(2);
        long width = pictures.size(3);
        if (height % factor != 0 || width % factor != 0) {
            throw new IllegalArgumentException(
                    "a picture of %d x %d can't be encoded: its sides must be multiples of %d, for instance %d x %d"
                            .formatted(width, height, factor, width - width % factor, height - height % factor));
        }
    }

    private static INDArray channels(INDArray moments, int from, int to) {
        return moments.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to), NDArrayIndex.all(), NDArrayIndex.all())
                .dup('c');
    }

    /**
     * Decodes latents.
     *
     * @param latents unscaled, {@code [batch, latentChannels, h, w]}
     * @return pictures with values from about -1 to 1, {@code [batch, 3, f h, f w]}
     * @throws ArithmeticException if a picture is not finite; the message names the weight or the input to blame
     */
    public INDArray decode(INDArray latents) {
        parameters.requireOpen();
        requireShape("latents", latents, config.latentChannels());
        return evaluate(false, latents);
    }

    /** Latents of the autoencoder, scaled for the UNet. */
    public INDArray scale(INDArray latents) {
        return latents.mul(config.scalingFactor());
    }

    /** Latents of the UNet, scaled for the autoencoder. */
    public INDArray unscale(INDArray latents) {
        return latents.div(config.scalingFactor());
    }

    private INDArray evaluate(boolean encodes, INDArray input) {
        Key key = new Key(encodes, Math.toIntExact(input.size(2)), Math.toIntExact(input.size(3)));
        String what = encodes ? "what the autoencoder encoded" : "what the autoencoder decoded";
        return access.call(() -> {
            if (parameters.takeWidened()) {
                graphs.close();
            }
            GraphSession session = graphs.get(key, () -> session(key));
            Map<String, INDArray> values = session.evaluate(Map.of(IN, input.castTo(dataType)), List.of(OUT));
            INDArray out = Objects.requireNonNull(values.get(OUT));
            parameters.requireFinite(what, out, Map.of(encodes ? "picture" : "latents", input));
            return out.dup('c');
        });
    }

    private GraphSession session(Key key) {
        SameDiff graph = Graphs.create();
        Scope root = Scope.of(graph, dataType, Parameters.from(parameters, name -> false), execution);
        VaeGraph.of(config, root, key.encodes, key.height, key.width, IN).nchw().rename(OUT);
        return new GraphSession(graph, execution);
    }

    private static void requireShape(String what, INDArray array, int channels) {
        ArrayCheck.require("the array of " + what, array);
        if (array.rank() != 4 || array.size(1) != channels) {
            throw new IllegalArgumentException("%s have shape %s, must be [batch, %d, height, width]"
                    .formatted(what, Arrays.toString(array.shape()), channels));
        }
    }

    /** Gives back, until the next use, all but the weight arrays; buffers alone while other handles share those. */
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
