package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.edit.EditProgram;
import org.sd15.pipeline.schedule.Sampler;

/**
 * Pulls the targets, late in a run, towards the way of the inversion wherever {@link ProximalGuidance} kept no difference
 * nearby. To be chained after that program.
 *
 * @param inversion of the source picture
 * @param sampler of the run
 * @param skipped steps of the inversion that the run leaves out at the start
 * @param proximal says where differences were kept
 * @param below timesteps from which on it pulls; 400 is published
 * @param rate share of the way to the inversion's latents; 1 is published
 */
public record InversionGuidance(
        Inversion inversion, Sampler sampler, int skipped, ProximalGuidance proximal, double below, double rate)
        implements EditProgram {

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        if (sampler.timestep(step) >= below) {
            return latents;
        }
        INDArray near = dilated(proximal.kept(step));
        INDArray way = inversion.level(inversion.steps() - skipped - step - 1);
        INDArray pulled = latents.dup('c');
        for (int picture = 1; picture < latents.size(0); picture++) {
            INDArray own = pulled.slice(picture);
            INDArray pull =
                    own.sub(way.slice(0)).mul(near.slice(picture).rsub(1)).mul(rate);
            own.subi(pull);
        }
        return pulled;
    }

    /** The largest of each place and its eight neighbours. */
    static INDArray dilated(INDArray masks) {
        INDArray dilated = Nd4j.zeros(masks.dataType(), masks.shape());
        long height = masks.size(2);
        long width = masks.size(3);
        for (long n = 0; n < masks.size(0); n++) {
            for (long c = 0; c < masks.size(1); c++) {
                for (long at = 0; at < height * width; at++) {
                    if (masks.getDouble(n, c, at / width, at % width) > 0) {
                        mark(dilated, n, c, at / width, at % width);
                    }
                }
            }
        }
        return dilated;
    }

    private static void mark(INDArray masks, long n, long c, long y, long x) {
        for (long i = Math.max(0, y - 1); i <= Math.min(masks.size(2) - 1, y + 1); i++) {
            for (long j = Math.max(0, x - 1); j <= Math.min(masks.size(3) - 1, x + 1); j++) {
                masks.putScalar(new long[] {n, c, i, j}, 1);
            }
        }
    }
}
