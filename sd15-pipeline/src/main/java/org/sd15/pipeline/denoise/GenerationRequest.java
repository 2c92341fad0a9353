package org.sd15.pipeline.denoise;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptStyle;

/**
 * What is to be drawn, and how. Made by a {@link GenerationRequestBuilder}, see {@link #of}.
 *
 * @param prompts one or more
 * @param negativePrompts what to stay away from: none, one for all prompts, or one a prompt
 * @param count pictures a prompt
 * @param settings steps, guidance, randomness, size
 * @param source a picture to start from or to fill in, or null
 * @param promptStates text states in the place of the prompts, or null; a prompt is a label then
 */
public record GenerationRequest(
        List<String> prompts,
        List<String> negativePrompts,
        int count,
        RunSettings settings,
        @Nullable Source source,
        @Nullable PromptStates promptStates) {

    /** Checks what can be checked without a model. */
    public GenerationRequest {
        prompts = List.copyOf(prompts);
        negativePrompts = List.copyOf(negativePrompts);
        if (prompts.isEmpty() || count < 1) {
            throw new IllegalArgumentException(
                    "%d prompts and %d pictures each: nothing to draw".formatted(prompts.size(), count));
        }
        if (negativePrompts.size() > 1 && negativePrompts.size() != prompts.size()) {
            throw new IllegalArgumentException("%d negative prompts for %d prompts: give none, one for all, or one each"
                    .formatted(negativePrompts.size(), prompts.size()));
        }
        if (settings.promptStyle() != PromptStyle.PLAIN && promptStates != null) {
            throw new IllegalArgumentException("prompt states are given, and a style of prompts: give one of the two");
        }
    }

    /**
     * Starts a request.
     *
     * @param prompts one or more; each is drawn {@link GenerationRequestBuilder#count} times
     */
    public static GenerationRequestBuilder of(String... prompts) {
        return new GenerationRequestBuilder(List.of(prompts));
    }

    /**
     * Prepares the run; the steps are done as its iterator is asked for them.
     *
     * @return the run, whose latents are {@code [pictures, 4, h, w]}, the pictures of one prompt side by side
     * @throws IllegalArgumentException if a size is no multiple of the autoencoder's factor, or given noise, latents, seeds
     *     or a method do not fit the pictures
     */
    public Denoising on(DiffusionModel model) {
        return new RunFactory(model.components()).generate(this);
    }

    /** Pictures in all: prompts times pictures a prompt. */
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
