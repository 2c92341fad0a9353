package org.sd15.pipeline.training;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeGradient;
import org.sd15.pipeline.vae.VaeLoss;

/** Passes of an autoencoder that learns to give pictures back. */
public final class VaePasses implements Passes, AutoCloseable {

    /** What the names of the autoencoder's parameters begin with. */
    public static final String PREFIX = "vae.";

    private static final String RANDOM = "latents.random";

    private final Vae vae;
    private final VaeGradient gradient;
    private final PictureSource source;
    private final Map<String, INDArray> parameters = new LinkedHashMap<>();
    private TorchRandom random;

    /**
     * Trains all parameters of an autoencoder.
     *
     * @param vae made with {@link UNetTraining#ownCopies}, so that its weights may be written to
     * @param seed of what latents are drawn with
     */
    public VaePasses(Vae vae, VaeLoss loss, PictureSource source, long seed) {
        this.vae = vae;
        this.gradient = new VaeGradient(vae, loss);
        this.source = source;
        this.random = new TorchRandom(seed);
        vae.weights().forEach((name, array) -> parameters.put(PREFIX + name, array));
    }

    @Override
    public Map<String, INDArray> parameters() {
        return parameters;
    }

    @Override
    public Pass next(int among) {
        vae.requireUnshared();
        INDArray pictures = source.next();
        int factor = vae.config().factor();
        INDArray noise = random.randn(
                pictures.size(0), vae.config().latentChannels(), pictures.size(2) / factor, pictures.size(3) / factor);
        VaeGradient.Gradients found = gradient.of(pictures, noise);
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        found.parameters()
                .forEach((name, array) -> gradients.put(PREFIX + name, among == 1 ? array : array.divi(among)));
        return new Pass(found.loss(), null, Math.toIntExact(pictures.size(0)), gradients);
    }

    @Override
    public void save(TrainingState into) {
        into.put(RANDOM, random.state());
        source.save(into);
    }

    @Override
    public void restore(TrainingState from) {
        source.restore(from);
        random = new TorchRandom(from.random(RANDOM));
    }

    @Override
    public void close() {
        gradient.close();
    }
}
