package org.sd15.pipeline.training.job;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.ModelPart;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.Passes;
import org.sd15.pipeline.training.PictureSource;
import org.sd15.pipeline.training.UNetTraining;
import org.sd15.pipeline.training.VaePasses;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeLoss;

/** The autoencoder of a model, which learns to give pictures back. */
public final class VaeJob implements AutoCloseable {

    /** Batches over which the spread of the latents is measured. */
    private static final int MEASURED_BATCHES = 16;

    private final ModelFiles files;
    private final boolean fromNothing;
    private final Vae vae;
    private final PictureSource source;
    private final VaePasses passes;

    /**
     * Loads the autoencoder of a model, or draws it if the files do so.
     *
     * @param files the model, a diffusers folder; the job doesn't close it
     * @param seed of what latents are drawn with
     */
    public VaeJob(ModelFiles files, VaeLoss loss, PictureSource source, long seed) throws IOException {
        if (files.folder().isEmpty()) {
            throw new IllegalArgumentException(
                    "the autoencoder of a single-file checkpoint can't be trained, nor that of a folder of which something"
                            + " is replaced: another tokenizer, VAE, text encoder or prediction type; convert it to a"
                            + " diffusers folder first");
        }
        this.files = files;
        this.fromNothing = !files.hasWeights(ModelPart.VAE);
        this.vae = files.vae(weights -> UNetTraining.ownCopies(weights, name -> true));
        this.source = source;
        this.passes = new VaePasses(vae, loss, source, seed);
    }

    /** What a trainer goes through. */
    public Passes passes() {
        return passes;
    }

    /** The autoencoder as it is now. It is not to be closed. */
    public Vae vae() {
        return vae;
    }

    /**
     * Writes the model's folder with the autoencoder that was learnt. If that started from nothing, its scaling factor
     * becomes the reciprocal of the standard deviation of latents, so that a UNet gets latents of unit variance. That
     * is measured on the next pictures: this is for the end of a run.
     *
     * @param result the parameters, or their average
     * @param record what is to be known about the training; goes into the file's metadata
     */
    public void write(Map<String, INDArray> result, Path output, Map<String, String> record) throws IOException {
        Map<String, INDArray> weights = new LinkedHashMap<>(passes.parameters());
        result.forEach((name, array) -> {
            INDArray own = Objects.requireNonNull(weights.get(name), name);
            if (own != array) {
                own.assign(array);
            }
        });
        double scale = fromNothing ? 1 / spread() : vae.config().scalingFactor();
        TrainingOutput.vae(files.folder().orElseThrow(), weights, scale, record, output);
    }

    private double spread() {
        INDArray[] means = new INDArray[MEASURED_BATCHES];
        for (int i = 0; i < means.length; i++) {
            means[i] = vae.encode(source.next()).mean();
        }
        return Nd4j.concat(0, means).stdNumber().doubleValue();
    }

    @Override
    public void close() {
        passes.close();
        vae.close();
    }
}
