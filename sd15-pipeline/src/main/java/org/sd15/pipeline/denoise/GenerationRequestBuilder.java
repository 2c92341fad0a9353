package org.sd15.pipeline.denoise;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.Scheduler;

/** Makes a {@link GenerationRequest}; what is unset is as in {@link RunSettings#DEFAULT}. */
public final class GenerationRequestBuilder {

    private final List<String> prompts;
    private List<String> negativePrompts = List.of();
    private int count = 1;
    private RunSettings settings = RunSettings.DEFAULT;
    private @Nullable Source source;
    private @Nullable PromptStates promptStates;

    GenerationRequestBuilder(List<String> prompts) {
        this.prompts = prompts;
    }

    /**
     * Negative prompts.
     *
     * @param prompts none, one for all prompts, or one a prompt
     */
    public GenerationRequestBuilder negative(String... prompts) {
        negativePrompts = List.of(prompts);
        return this;
    }

    /**
     * How many pictures are drawn of each prompt.
     *
     * @param pictures at least 1
     */
    public GenerationRequestBuilder count(int pictures) {
        count = pictures;
        return this;
    }

    /**
     * Changes the settings of the run.
     *
     * @param change what it leaves alone stays as it was set before
     */
    public GenerationRequestBuilder settings(UnaryOperator<RunSettings> change) {
        settings = change.apply(settings);
        return this;
    }

    /** See {@link RunSettings#size(Integer, Integer)}. */
    public GenerationRequestBuilder size(@Nullable Integer width, @Nullable Integer height) {
        return settings(set -> set.size(width, height));
    }

    /** See {@link RunSettings#scheduler(Scheduler)}. */
    public GenerationRequestBuilder scheduler(@Nullable Scheduler other) {
        return settings(set -> set.scheduler(other));
    }

    /** See {@link RunSettings#steps(int)}. */
    public GenerationRequestBuilder steps(int number) {
        return settings(set -> set.steps(number));
    }

    /** See {@link RunSettings#guidance(double)}. */
    public GenerationRequestBuilder guidance(double scale) {
        return settings(set -> set.guidance(scale));
    }

    /** See {@link RunSettings#guidanceRescale(double)}. */
    public GenerationRequestBuilder guidanceRescale(double share) {
        return settings(set -> set.guidanceRescale(share));
    }

    /** See {@link RunSettings#clipSkip(int)}. */
    public GenerationRequestBuilder clipSkip(int layers) {
        return settings(set -> set.clipSkip(layers));
    }

    /** See {@link RunSettings#seed(long)}. */
    public GenerationRequestBuilder seed(long number) {
        return settings(set -> set.seed(number));
    }

    /** See {@link RunSettings#seeds(long...)}. */
    public GenerationRequestBuilder seeds(long... numbers) {
        return settings(set -> set.seeds(numbers));
    }

    /** See {@link RunSettings#latents(INDArray)}. */
    public GenerationRequestBuilder latents(@Nullable INDArray start) {
        return settings(set -> set.latents(start));
    }

    /** See {@link RunSettings#noise(INDArray)}. */
    public GenerationRequestBuilder noise(@Nullable INDArray draws) {
        return settings(set -> set.noise(draws));
    }

    /** See {@link RunSettings#with(EditMethod)}. */
    public GenerationRequestBuilder with(EditMethod method) {
        return settings(set -> set.with(method));
    }

    /** See {@link RunSettings#program(EditProgram)}. */
    public GenerationRequestBuilder program(EditProgram program) {
        return settings(set -> set.program(program));
    }

    /** See {@link RunSettings#promptStyle(PromptStyle)}. */
    public GenerationRequestBuilder promptStyle(PromptStyle style) {
        return settings(set -> set.promptStyle(style));
    }

    /**
     * Text states in the place of the prompts.
     *
     * @param states {@code [1 or pictures, tokens, width]}
     * @param negative likewise, or null for those of the negative prompts
     */
    public GenerationRequestBuilder promptStates(INDArray states, @Nullable INDArray negative) {
        promptStates = new PromptStates(states, negative);
        return this;
    }

    /**
     * Image-to-image or inpainting.
     *
     * @param picture the picture, how much of it is drawn anew, and where; null to draw from noise
     */
    public GenerationRequestBuilder source(@Nullable Source picture) {
        source = picture;
        return this;
    }

    /**
     * The request.
     *
     * @throws IllegalArgumentException if the numbers of prompts and negative prompts don't fit, there is nothing to draw, or
     *     prompts have a syntax that states or methods can't go with
     */
    public GenerationRequest build() {
        return new GenerationRequest(prompts, negativePrompts, count, settings, source, promptStates);
    }
}
