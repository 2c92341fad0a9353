package org.sd15.pipeline.training.run;

import java.util.List;

/**
 * Pictures that the model draws while it learns, into {@code validation} in the run's folder, with the run's seed.
 *
 * @param prompts what they show; none is drawn without
 * @param every steps between them; there are some before the first step and after the last, too
 * @param samplerSteps steps of the sampler for each
 */
public record Validation(List<String> prompts, int every, int samplerSteps) {

    /** Copies the list and checks the numbers. */
    public Validation {
        prompts = List.copyOf(prompts);
        if (every < 1 || samplerSteps < 1) {
            throw new IllegalArgumentException(
                    "validation pictures every %d steps, drawn in %d: both must be at least 1"
                            .formatted(every, samplerSteps));
        }
    }

    /** Pictures of some prompts every 100 steps, drawn in 25. */
    public static Validation of(String... prompts) {
        return new Validation(List.of(prompts), 100, 25);
    }

    boolean isDue(int done, int steps) {
        return done % every == 0 || done == steps;
    }
}
