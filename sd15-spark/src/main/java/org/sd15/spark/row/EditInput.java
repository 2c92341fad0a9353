package org.sd15.spark.row;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.RunSettings;

/**
 * One edit.
 *
 * @param model that edits
 * @param row its texts
 * @param options settings of all runs
 * @param picture the given picture at the model's size, {@code [1, 3, H, W]}; null to draw the source
 * @param betweenSteps is called between the steps
 */
record EditInput(
        StableDiffusion model,
        RowInput row,
        RunOptions options,
        @Nullable INDArray picture,
        Runnable betweenSteps) {

    /** The prompt, empty if there is none. */
    String promptOrEmpty() {
        String prompt = row.prompt();
        return prompt == null ? "" : prompt;
    }

    /** The given picture, which has to be there. */
    INDArray requirePicture(String method) {
        if (picture == null) {
            throw new IllegalArgumentException("%s edits a given picture, and the row has none".formatted(method));
        }
        return picture;
    }

    /** The settings of a run, with a size where no picture is given. */
    UnaryOperator<RunSettings> settings() {
        return picture == null
                ? usual -> options.sized(usual, model.components())
                : usual -> options.apply(usual, model.components());
    }

    /** The latents of the last picture of a run, {@code [1, 4, h, w]}. */
    INDArray finish(Denoising run) {
        return last(run.finish(step -> betweenSteps.run()));
    }

    private static INDArray last(INDArray latents) {
        long pictures = latents.size(0);
        return latents.get(NDArrayIndex.interval(pictures - 1, pictures));
    }
}
