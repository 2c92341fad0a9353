package org.sd15.pipeline.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.ModelPart;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNetConfig;

/**
 * A model with parts from elsewhere in the place of its own, or of those that it lacks.
 *
 * @param whole the model
 * @param source where it is, and what is chosen
 * @param others the parts from elsewhere
 * @param prediction what the model predicts, whatever its scheduler's configuration says; null for that
 */
record CombinedParts(
        ModelParts whole,
        ModelSource source,
        Map<ModelPart, OtherPart> others,
        @Nullable PredictionType prediction) implements ModelParts {

    private static final String SCHEDULER = "scheduler";

    /** A model with what is chosen of it; the model itself if that is nothing. Closes the model if that fails. */
    static ModelParts of(ModelParts whole, ModelSource source, @Nullable PredictionType prediction) throws IOException {
        Map<ModelPart, OtherPart> others = new EnumMap<>(ModelPart.class);
        CombinedParts combined = new CombinedParts(whole, source, others, prediction);
        try {
            if (source.vae() != null) {
                others.put(ModelPart.VAE, OtherPart.open(ModelPart.VAE, source.vae()));
            }
            if (source.textEncoder() != null) {
                others.put(ModelPart.TEXT_ENCODER, OtherPart.open(ModelPart.TEXT_ENCODER, source.textEncoder()));
            }
        } catch (IOException | RuntimeException problem) {
            combined.close();
            throw problem;
        }
        return others.isEmpty() && prediction == null ? whole : combined;
    }

    private Optional<ConfigReader> other(ModelPart component) {
        return Optional.ofNullable(others.get(component)).map(part -> ConfigReader.of(part.file(), part.config()));
    }

    @Override
    public ClipTextConfig text() throws IOException {
        Optional<ConfigReader> other = other(ModelPart.TEXT_ENCODER);
        return other.isPresent() ? ModelConfigs.text(other.get()) : whole.text();
    }

    @Override
    public UNetConfig unet() throws IOException {
        return whole.unet();
    }

    @Override
    public VaeConfig vae() throws IOException {
        Optional<ConfigReader> other = other(ModelPart.VAE);
        return other.isPresent() ? ModelConfigs.vae(other.get()) : whole.vae();
    }

    @Override
    public Scheduler scheduler() throws IOException {
        return prediction == null
                ? whole.scheduler()
                : ModelConfigs.scheduler(ConfigReader.of(source.path(), config(SCHEDULER)));
    }

    @Override
    public ClipTokenizer tokenizer(int maxLength) throws IOException {
        return whole.tokenizer(maxLength);
    }

    @Override
    public int sampleSize() throws IOException {
        return whole.sampleSize();
    }

    @Override
    public TensorFile tensors(ModelPart component) throws IOException {
        OtherPart other = others.get(component);
        return other == null ? whole.tensors(component) : other.opening().open();
    }

    @Override
    public boolean hasWeights(ModelPart component) throws IOException {
        return others.containsKey(component) || whole.hasWeights(component);
    }

    @Override
    public ObjectNode config(String component) throws IOException {
        for (Map.Entry<ModelPart, OtherPart> other : others.entrySet()) {
            if (other.getKey().toString().equals(component)) {
                return other.getValue().config();
            }
        }
        ObjectNode config = whole.config(component);
        return component.equals(SCHEDULER) && prediction != null
                ? config.deepCopy().put("prediction_type", prediction.spelling())
                : config;
    }

    @Override
    public Path tokenizerFolder() throws IOException {
        return whole.tokenizerFolder();
    }

    @Override
    public void close() throws IOException {
        try {
            for (OtherPart other : others.values()) {
                other.close();
            }
        } finally {
            whole.close();
        }
    }
}
