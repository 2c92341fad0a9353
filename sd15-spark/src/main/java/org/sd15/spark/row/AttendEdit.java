package org.sd15.spark.row;

import static java.util.Objects.requireNonNullElse;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.attend.AttendAndExcite;
import org.sd15.pipeline.edit.attend.AttendRequest;
import org.sd15.pipeline.words.Window;

/**
 * Attend-and-Excite, which draws the prompt of the row; null for what is usual.
 *
 * @param words which have to be seen
 * @param attendSteps part of the steps in which latents are moved; 0.5
 * @param stepSize how far; 20
 * @param attempts at a step at most, until the attention is enough; 20
 */
record AttendEdit(
        @Nullable List<String> words,
        @Nullable Share attendSteps,
        @Nullable Double stepSize,
        @Nullable Integer attempts)
        implements Edit {

    private static final double STEPS = 0.5;
    private static final double STEP_SIZE = 20;
    private static final int ATTEMPTS = 20;

    @Override
    public INDArray on(EditInput input) {
        if (input.picture() != null || input.row().target() != null) {
            throw new IllegalArgumentException(
                    "Attend-and-Excite draws a prompt, but the row has a picture or a target");
        }
        if (words == null || words.isEmpty()) {
            throw new IllegalArgumentException("Attend-and-Excite needs the setting \"words\": which have to be seen");
        }
        AttendRequest request = AttendRequest.of(input.row().requirePrompt(), words)
                .sampling(input.settings())
                .method(this::apply);
        return input.finish(request.on(input.model()).run());
    }

    private AttendAndExcite apply(AttendAndExcite usual) {
        Window window = attendSteps == null ? Window.until(STEPS) : attendSteps.window();
        return usual.moving(window, requireNonNullElse(stepSize, STEP_SIZE))
                .attempts(requireNonNullElse(attempts, ATTEMPTS));
    }
}
