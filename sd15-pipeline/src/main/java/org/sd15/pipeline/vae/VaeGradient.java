package org.sd15.pipeline.vae;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.session.ArrayCheck;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.GraphCache;
import org.sd15.attention.session.TrainedParameters;

/**
 * The loss of an autoencoder and its gradients. Whoever computes them is inside the autoencoder, for one thread at a time.
 */
public final class VaeGradient implements AutoCloseable {

    private static final String PICTURES = "pictures";
    private static final String NOISE = "noise";
    private static final String LOSS = "loss";
    private static final String SQUARED = "squared";
    private static final String DIVERGENCE = "divergence";

    private record Key(int height, int width) {}

    private record Built(GradientFunction function, TrainedParameters trained) implements GraphCache.Built {
        @Override
        public void close() {
            function.close();
        }
    }

    private final Vae vae;
    private final VaeLoss loss;
    private final GraphCache<Key, Built> graphs = new GraphCache<>(1);

    /**
     * A loss and its gradients.
     *
     * @param loss the loss
     * @param squaredError mean squared difference between pictures
     * @param divergence mean over the latents of the divergence from the standard normal distribution, nats
     * @param parameters by name, in diffusers' layout; they belong to the caller
     */
    public record Gradients(double loss, double squaredError, double divergence, Map<String, INDArray> parameters) {}

    /** Gradients of all parameters of an autoencoder. */
    public VaeGradient(Vae vae, VaeLoss loss) {
        this.vae = vae;
        this.loss = loss;
    }

    /**
     * The gradients for some pictures: they are encoded, latents are drawn, and those are decoded.
     *
     * @param pictures values from -1 to 1, {@code [batch, 3, H, W]}
     * @param noise what latents are drawn with, standard normal, {@code [batch, latentChannels, H / f, W / f]}
     * @throws IllegalArgumentException if the sides do not divide, or the noise has another shape: nothing is broadcast
     * @throws IllegalStateException if another thread is inside the autoencoder, or that is closed
     */
    public Gradients of(INDArray pictures, INDArray noise) {
        return vae.access().call(() -> compute(pictures, noise));
    }

    private Gradients compute(INDArray pictures, INDArray noise) {
        vae.requireUsable(pictures);
        VaeConfig config = vae.config();
        ArrayCheck.requireShape(
                "the noise",
                noise,
                pictures.size(0),
                config.latentChannels(),
                pictures.size(2) / config.factor(),
                pictures.size(3) / config.factor());
        Key key = new Key(Math.toIntExact(pictures.size(2)), Math.toIntExact(pictures.size(3)));
        Built built = graphs.get(key, () -> build(key));
        OutputsAndGradients evaluation = built.function.evaluate(
                Map.of(PICTURES, pictures.castTo(vae.dataType()), NOISE, noise.castTo(vae.dataType())),
                built.trained.names(),
                List.of(LOSS, SQUARED, DIVERGENCE));
        return new Gradients(
                evaluation.output(LOSS).getDouble(0),
                evaluation.output(SQUARED).getDouble(0),
                evaluation.output(DIVERGENCE).getDouble(0),
                built.trained.gradients(evaluation));
    }

    private Built build(Key key) {
        SameDiff graph = Graphs.create();
        TrainedParameters trained = vae.trainedParameters();
        Scope root = Scope.of(graph, vae.dataType(), trained, vae.execution());
        VaeConfig config = vae.config();
        int height = key.height / config.factor();
        int width = key.width / config.factor();
        int channels = config.latentChannels();
        SDVariable pictures =
                graph.placeHolder(PICTURES, vae.dataType(), -1, config.inChannels(), key.height, key.width);
        SDVariable noise = graph.placeHolder(NOISE, vae.dataType(), -1, channels, height, width);
        VaeGraph model = new VaeGraph(config, root);
        SDVariable moments = model.encode(FeatureMap.ofNchw(pictures, config.inChannels(), key.height, key.width))
                .nchw(); // [batch, 2 channels, height, width]
        SDVariable mean = channels(moments, 0, channels);
        SDVariable logVariance = graph.math.clipByValue(
                channels(moments, channels, 2 * channels), DiagonalGaussian.LOWEST, DiagonalGaussian.HIGHEST);
        SDVariable latents = mean.add(graph.math.exp(logVariance.mul(0.5)).mul(noise));
        SDVariable back = model.decode(FeatureMap.ofNchw(latents, channels, height, width))
                .nchw();
        SDVariable difference = back.sub(pictures);
        SDVariable squared = mean(graph.math.square(difference)).rename(SQUARED);
        SDVariable absolute = mean(graph.math.abs(difference));
        SDVariable divergence = mean(graph.math
                        .square(mean)
                        .add(graph.math.exp(logVariance))
                        .sub(logVariance)
                        .sub(1)
                        .mul(0.5))
                .rename(DIVERGENCE);
        squared.mul(loss.squared())
                .add(absolute.mul(loss.absolute()))
                .add(divergence.mul(loss.divergence()))
                .rename(LOSS);
        return new Built(GradientFunction.of(graph, LOSS, trained.names(), vae.execution()), trained);
    }

    private static SDVariable channels(SDVariable moments, int from, int to) {
        return moments.get(SDIndex.all(), SDIndex.interval(from, to), SDIndex.all(), SDIndex.all());
    }

    /** Side by side, as one long sum in float32 would lose two digits. */
    private static SDVariable mean(SDVariable array) {
        return array.mean(false, 3).mean(false, 2).mean(false, 1).mean();
    }

    /** Frees the buffers. */
    @Override
    public void close() {
        graphs.close();
    }
}
