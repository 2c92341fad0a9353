package org.sd15.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.schedule.Scheduler;

/**
 * What is to be drawn, and how. Made by a {@link GenerationRequestBuilder}, see {@link #of}.
 *
 * @param prompts one or more
 * @param negativePrompts what to stay away from: none, one for all prompts, or one a prompt
 * @param count pictures a prompt
 * @param height of the pictures in pixels; null for the model's own
 * @param width of the pictures in pixels; null for the model's own
 * @param sampling steps, guidance and randomness
 * @param source a picture to start from or to fill in, or null
 * @param programs what steers and observes the run
 */
public record GenerationRequest(
        List<String> prompts,
        List<String> negativePrompts,
        int count,
        @Nullable Integer height,
        @Nullable Integer width,
        Sampling sampling,
        @Nullable Source source,
        List<EditProgram> programs) {

    /** Checks what can be checked without a model. */
    public GenerationRequest {
        prompts = List.copyOf(prompts);
        negativePrompts = List.copyOf(negativePrompts);
        programs = List.copyOf(programs);
        if (prompts.isEmpty() || count < 1) {
            throw new IllegalArgumentException(
                    "%d prompts and %d pictures each: nothing to draw".formatted(prompts.size(), count));
        }
        if (negativePrompts.size() > 1 && negativePrompts.size() != prompts.size()) {
            throw new IllegalArgumentException("%d negative prompts for %d prompts: give none, one for all, or one each"
                    .formatted(negativePrompts.size(), prompts.size()));
        }
    }

    /** A request for pictures of these prompts, to be refined. */
    public static GenerationRequestBuilder of(String... prompts) {
        return new GenerationRequestBuilder(List.of(prompts));
    }

    /** Pictures in all. */
    public int pictures() {
        return prompts.size() * count;
    }

    /** The negative prompt of each prompt. */
    List<String> unconditionalPrompts() {
        if (negativePrompts.size() == prompts.size()) {
            return negativePrompts;
        }
        String one = negativePrompts.isEmpty() ? "" : negativePrompts.get(0);
        return prompts.stream().map(prompt -> one).toList();
    }

    /**
     * Steps, guidance and randomness.
     *
     * @param scheduler the sampler's kind; null for the model's own
     * @param steps sampler steps
     * @param guidance classifier-free guidance
     * @param clipSkip layers of the text encoder that are left out at the end
     * @param seeds of torch's generator: one for all pictures together, or one a picture
     * @param latents start noise of unit variance instead of the seed's, {@code [pictures, 4, h, w]}, or null
     * @param noise of stochastic steps instead of the seed's, {@code [steps, pictures, 4, h, w]}, or null
     */
    public record Sampling(
            @Nullable Scheduler scheduler,
            int steps,
            Guidance guidance,
            int clipSkip,
            List<Long> seeds,
            @Nullable INDArray latents,
            @Nullable INDArray noise) {

        /** Copies the seeds and checks what needs no model. */
        public Sampling {
            seeds = List.copyOf(seeds);
            if (steps < 1 || clipSkip < 0) {
                throw new IllegalArgumentException(
                        "%d steps and a clip skip of %d: the steps must be at least 1, the clip skip at least 0"
                                .formatted(steps, clipSkip));
            }
        }
    }

    /**
     * A picture to start from.
     *
     * @param picture values from 0 to 1, {@code [1 or pictures, 3, H, W]}
     * @param strength from 0, which keeps it, to 1, which forgets it
     * @param mask 1 where it is to be painted anew, {@code [1, 1, H, W]}; null for everywhere
     */
    public record Source(
            INDArray picture, double strength, @Nullable INDArray mask) {

        /** Checks the strength. */
        public Source {
            if (!(strength >= 0 && strength <= 1)) {
                throw new IllegalArgumentException("strength is %s, must be from 0 to 1".formatted(strength));
            }
        }
    }
}
