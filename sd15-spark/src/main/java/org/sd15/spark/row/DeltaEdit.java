package org.sd15.spark.row;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;

/**
 * Delta denoising score; null for what is usual.
 *
 * @param iterations steps of the optimisation; 200
 * @param stepSize what the latents move by
 */
record DeltaEdit(@Nullable Integer iterations, @Nullable Double stepSize) implements Edit {

    private static final String NAME = "delta denoising";

    @Override
    public INDArray on(EditInput input) {
        INDArray picture = input.requirePicture(NAME);
        RunOptions options = input.options();
        RunOptions.requireNone(NAME, "steps", options.steps());
        RunOptions.requireNone(NAME, "scheduler", options.scheduler());
        RunOptions.requireNone(NAME, "guidanceRescale", options.guidanceRescale());
        RunOptions.requireNone(NAME, "clipSkip", options.clipSkip());
        DeltaDenoisingRequest request = DeltaDenoisingRequest.of(
                        input.row().requirePrompt(), input.row().requireTarget(), picture)
                .promptStyle(options.style())
                .seed(options.seedOrUsual());
        request = iterations == null ? request : request.iterations(iterations);
        request = stepSize == null ? request : request.stepSize(stepSize);
        request = options.guidance() == null ? request : request.guidance(options.guidance());
        return request.on(input.model()).finish(step -> input.betweenSteps().run());
    }
}
