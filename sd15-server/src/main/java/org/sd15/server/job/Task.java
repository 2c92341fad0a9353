package org.sd15.server.job;

import java.io.IOException;
import java.util.List;
import org.sd15.pipeline.StableDiffusion;

/** What a job does. */
interface Task {

    /** The fields that all kinds have. */
    Common common();

    /** All prompts as they were written. */
    List<String> prompts();

    /**
     * Checks what needs a model but no run.
     *
     * @throws IllegalArgumentException if something can't be done
     */
    default void check(StableDiffusion model) {}

    /** Whether what there is between two steps is a picture. */
    default boolean isInterruptible() {
        return false;
    }

    /** Does it. */
    void run(TaskRun run) throws IOException;

    /** The command line that does the same, without the program. */
    List<String> arguments();
}
