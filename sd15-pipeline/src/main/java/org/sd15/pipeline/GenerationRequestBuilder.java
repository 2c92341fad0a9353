package org.sd15.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.GenerationRequest.Sampling;
import org.sd15.pipeline.GenerationRequest.Source;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.schedule.Scheduler;

/** Makes a {@link GenerationRequest}; what is not said is as in diffusers: 50 steps, guidance 7.5, seed 42. */
public final class GenerationRequestBuilder {

    private final List<String> prompts;
    private final List<EditProgram> programs = new ArrayList<>();
    private List<String> negativePrompts = List.of();
    private int count = 1;
    private @Nullable Integer height;
    private @Nullable Integer width;
    private @Nullable Scheduler scheduler;
    private int steps = 50;
    private double guidance = 7.5;
    private double guidanceRescale;
    private int clipSkip;
    private List<Long> seeds = List.of(42L);
    private @Nullable INDArray latents;
    private @Nullable INDArray noise;
    private @Nullable Source source;

    GenerationRequestBuilder(List<String> prompts) {
        this.prompts = prompts;
    }

    /** What to stay away from: one for all prompts, or one a prompt. */
    public GenerationRequestBuilder negative(String... prompts) {
        negativePrompts = List.of(prompts);
        return this;
    }

    /** Pictures a prompt. */
    public GenerationRequestBuilder count(int pictures) {
        count = pictures;
        return this;
    }

    /** Size in pixels. */
    public GenerationRequestBuilder size(@Nullable Integer width, @Nullable Integer height) {
        this.width = width;
        this.height = height;
        return this;
    }

    /** The scheduler instead of the model's own. */
    public GenerationRequestBuilder scheduler(@Nullable Scheduler other) {
        scheduler = other;
        return this;
    }

    /** Sampler steps. */
    public GenerationRequestBuilder steps(int number) {
        steps = number;
        return this;
    }

    /** Scale of the guidance. */
    public GenerationRequestBuilder guidance(double scale) {
        guidance = scale;
        return this;
    }

    /** How far the guided prediction gets the deviation of the conditional one, 0 to 1. */
    public GenerationRequestBuilder guidanceRescale(double share) {
        guidanceRescale = share;
        return this;
    }

    /** Layers of the text encoder that are left out at the end. */
    public GenerationRequestBuilder clipSkip(int layers) {
        clipSkip = layers;
        return this;
    }

    /** Seed of torch's generator. */
    public GenerationRequestBuilder seed(long number) {
        return seeds(number);
    }

    /** A seed for all pictures together, or one a picture, which makes each what it is alone. */
    public GenerationRequestBuilder seeds(long... numbers) {
        seeds = Arrays.stream(numbers).boxed().toList();
        return this;
    }

    /** Start noise of unit variance, {@code [pictures, 4, h, w]}, instead of the seed's. */
    public GenerationRequestBuilder latents(@Nullable INDArray start) {
        latents = start;
        return this;
    }

    /** Noise of stochastic steps, {@code [steps, pictures, 4, h, w]}, instead of the seed's. */
    public GenerationRequestBuilder noise(@Nullable INDArray draws) {
        noise = draws;
        return this;
    }

    /** Starts from a picture, or fills a part of it in. */
    public GenerationRequestBuilder source(@Nullable Source picture) {
        source = picture;
        return this;
    }

    /** Lets a program steer or observe the run. */
    public GenerationRequestBuilder program(EditProgram program) {
        programs.add(program);
        return this;
    }

    /** The request. */
    public GenerationRequest build() {
        var sampling = new Sampling(
                scheduler, steps, new Guidance(guidance, guidanceRescale), clipSkip, seeds, latents, noise);
        return new GenerationRequest(prompts, negativePrompts, count, height, width, sampling, source, programs);
    }
}
