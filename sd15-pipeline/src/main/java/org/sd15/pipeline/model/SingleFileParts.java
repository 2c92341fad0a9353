package org.sd15.pipeline.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.ModelPart;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNetConfig;

/**
 * A single-file checkpoint. What tensors don't show is as its metadata says, or else as in Stable Diffusion 1.x.
 *
 * @param path the file
 * @param checkpoint the open file
 * @param tokenizer the folder of its tokenizer, or null for where it is looked for
 */
record SingleFileParts(
        Path path, LdmCheckpoint checkpoint, @Nullable Path tokenizer) implements ModelParts {

    /**
     * Makes sure that the file has a part.
     *
     * @throws ImportException if it does not; the message says where to get it from
     */
    void require(ModelPart component) {
        if (checkpoint.components().contains(component)) {
            return;
        }
        String problem = "has no %s: no tensor begins with %s".formatted(name(component), component.prefix());
        throw switch (component) {
            case UNET -> new ImportException(path, problem);
            case VAE -> new ImportException(path, problem, ModelChoice.VAE);
            case TEXT_ENCODER -> new ImportException(path, problem, ModelChoice.TEXT_ENCODER);
        };
    }

    private static String name(ModelPart component) {
        return switch (component) {
            case UNET -> "UNet";
            case VAE -> "VAE";
            case TEXT_ENCODER -> "text encoder";
        };
    }

    private LdmCheckpoint with(ModelPart component) {
        require(component);
        return checkpoint;
    }

    /** What the model predicts, if the file does not say it and one beside it does. */
    @Nullable
    PredictionType told() throws IOException {
        try {
            return checkpoint.config("scheduler").isPresent() ? null : Parameterization.beside(path);
        } catch (IOException | RuntimeException problem) {
            close();
            throw problem;
        }
    }

    @Override
    public boolean hasWeights(ModelPart component) {
        return checkpoint.components().contains(component);
    }

    @Override
    public ClipTextConfig text() {
        return said("text_encoder")
                .map(ModelConfigs::text)
                .orElseGet(() -> shown(() -> ModelParts.text(
                        with(ModelPart.TEXT_ENCODER).textEncoderFacts(),
                        ClipTextConfig.sd15().numAttentionHeads())));
    }

    @Override
    public UNetConfig unet() {
        return said("unet")
                .map(UNetConfigs::read)
                .orElseGet(() -> shown(() -> with(ModelPart.UNET).unetConfig()));
    }

    @Override
    public VaeConfig vae() {
        return said("vae")
                .map(ModelConfigs::vae)
                .orElseGet(() -> shown(() -> ModelParts.vae(
                        with(ModelPart.VAE).vaeFacts(), VaeConfig.sd15().normNumGroups())));
    }

    @Override
    public Scheduler scheduler() {
        return said("scheduler")
                .map(ModelConfigs::scheduler)
                .orElseGet(() -> new PndmScheduler(SchedulerConfig.sd15()));
    }

    /** What the tensors show, which need not be a possible model. */
    private <T> T shown(Supplier<T> facts) {
        return ModelConfigs.naming(path, facts);
    }

    private Optional<ConfigReader> said(String component) {
        return checkpoint.config(component).map(config -> ConfigReader.of(path, config));
    }

    @Override
    public ClipTokenizer tokenizer(int maxLength) throws IOException {
        Path folder = tokenizer == null ? new TokenizerSearch(path).require() : tokenizer;
        return ClipTokenizer.load(folder, maxLength);
    }

    @Override
    public int sampleSize() {
        return said("unet").map(ModelConfigs::sampleSize).orElse(ModelConfigs.USUAL_SAMPLE_SIZE);
    }

    @Override
    public TensorFile tensors(ModelPart component) {
        return with(component).tensors(component);
    }

    @Override
    public ObjectNode config(String component) {
        return checkpoint.config(component).orElseGet(() -> switch (component) {
            case "unet" -> DiffusersConfigs.unet(unet(), ModelConfigs.USUAL_SAMPLE_SIZE);
            case "vae" -> DiffusersConfigs.vae(vae(), ModelConfigs.USUAL_SAMPLE_SIZE);
            case "text_encoder" -> DiffusersConfigs.text(text());
            case "scheduler" -> DiffusersConfigs.scheduler();
            default -> throw new IllegalArgumentException("no configuration of " + component);
        });
    }

    @Override
    public Path tokenizerFolder() throws IOException {
        return tokenizer == null
                ? new TokenizerSearch(path).find().orElse(path.resolveSibling("tokenizer"))
                : tokenizer;
    }

    @Override
    public void close() throws IOException {
        checkpoint.close();
    }
}
