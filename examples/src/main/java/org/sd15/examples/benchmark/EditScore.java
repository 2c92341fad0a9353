package org.sd15.examples.benchmark;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.examples.shapes.ScenePainter;
import org.sd15.pipeline.image.PictureMetrics;

/**
 * How good one edit is. What should have been kept is judged as PIE-Bench does: both pictures are set to zero where a change
 * was allowed, and compared as a whole.
 *
 * @param success whether it did what was asked for
 * @param psnr of what should have been kept, in dB
 * @param ssim of the same
 * @param mse of the same
 */
public record EditScore(boolean success, double psnr, double ssim, double mse) {

    /**
     * Scores an edit.
     *
     * @param source the picture that was edited, values from 0 to 1, {@code [1, 3, side, side]}
     * @param edited what came of it, same shape
     */
    public static EditScore of(EditCase task, ScenePainter painter, INDArray source, INDArray edited) {
        float[] editable = task.editable(painter);
        INDArray before = PictureMetrics.outside(source, editable);
        INDArray after = PictureMetrics.outside(edited, editable);
        return new EditScore(
                new EditJudge(painter).succeeds(task, edited),
                PictureMetrics.psnr(before, after),
                PictureMetrics.ssim(before, after),
                PictureMetrics.mse(before, after));
    }
}
