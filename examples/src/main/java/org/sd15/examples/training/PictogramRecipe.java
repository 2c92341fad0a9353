package org.sd15.examples.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the model of pictograms is trained. Numbers of steps may be changed when a training goes on, stages added.
 *
 * @param seed of everything random
 * @param autoencoder the first part
 * @param model UNet and text encoder, the second part
 */
record PictogramRecipe(long seed, Autoencoder autoencoder, Model model) {

    private static final String USUAL = "/pictograms/recipe.json";

    /**
     * The training of the autoencoder.
     *
     * @param batch pictures a step
     * @param steps how many there are
     * @param learningRate the highest
     * @param warmup steps until it is reached
     * @param emaDecay of the average of the weights
     */
    record Autoencoder(
            int batch,
            int steps,
            @JsonProperty("learning_rate") double learningRate,
            int warmup,
            @JsonProperty("ema_decay") double emaDecay) {}

    /**
     * The training of UNet and text encoder.
     *
     * @param steps how many there are
     * @param learningRate the highest
     * @param warmup steps until it is reached
     * @param emaDecay of the average of the weights
     * @param captionDropout part of the pictures that are learnt without their caption
     * @param offsetNoise how much noise a whole channel shares
     * @param highNoise how many times as much the highest noise counts, at most
     * @param pool different scenes, whose latents are kept
     * @param stages what is learnt when
     */
    record Model(
            int steps,
            @JsonProperty("learning_rate") double learningRate,
            int warmup,
            @JsonProperty("ema_decay") double emaDecay,
            @JsonProperty("caption_dropout") double captionDropout,
            @JsonProperty("offset_noise") double offsetNoise,
            @JsonProperty("high_noise") double highNoise,
            int pool,
            List<Stage> stages) {

        /** Checks that there is a stage for every step. */
        Model {
            stages = List.copyOf(stages);
            if (stages.isEmpty() || stages.get(0).from() != 0) {
                throw new IllegalArgumentException("the stages %s must begin with one from step 0".formatted(stages));
            }
        }

        /** The stage of a step, counted from 0. */
        Stage stage(int step) {
            return stages.stream()
                    .filter(stage -> stage.from() <= step)
                    .reduce((earlier, later) -> later)
                    .orElseThrow();
        }
    }

    /**
     * Some time of the training.
     *
     * @param from the first step, counted from 0
     * @param pictograms how many of the list are drawn
     * @param batch pictures a step
     */
    record Stage(int from, int pictograms, int batch) {}

    /**
     * Reads a recipe; without a file, the one that the project trains by.
     *
     * @throws IllegalArgumentException if something is missing, unknown or of another kind; the message names it and the file
     */
    static PictogramRecipe read(@Nullable Path file) throws IOException {
        JsonMapper mapper = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .build();
        try (InputStream stream = file == null
                ? Objects.requireNonNull(PictogramRecipe.class.getResourceAsStream(USUAL), USUAL)
                : Files.newInputStream(file)) {
            return mapper.readValue(stream, PictogramRecipe.class);
        } catch (JsonProcessingException problem) {
            throw new IllegalArgumentException(
                    "%s: %s".formatted(file == null ? USUAL : file, problem.getOriginalMessage()), problem);
        }
    }
}
