package org.sd15.pipeline.denoise;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Keeps an edit to a mask that is known beforehand: outside of it the targets are the source after every step. Picture 0
 * is the source. The mask may be drawn by hand, or be a word's heat map of an earlier run.
 *
 * @param mask 1 where the targets may differ, 0 elsewhere, {@code [h, w]} of the latents; shares mix
 */
public record KeepOutside(INDArray mask) implements EditProgram {

    /** Checks the rank. */
    public KeepOutside {
        if (mask.rank() != 2) {
            throw new IllegalArgumentException(
                    "the mask of an edit has shape %s, must be [h, w]".formatted(Arrays.toString(mask.shape())));
        }
    }

    @Override
    public INDArray afterStep(int step, INDArray latents) {
        if (latents.size(2) != mask.size(0) || latents.size(3) != mask.size(1)) {
            throw new IllegalArgumentException("the mask of an edit has shape %s, the latents need [%d, %d]"
                    .formatted(Arrays.toString(mask.shape()), latents.size(2), latents.size(3)));
        }
        INDArray kept = latents.dup('c');
        INDArray inside = mask.castTo(latents.dataType()).reshape(1, mask.size(0), mask.size(1));
        INDArray outside = inside.rsub(1);
        INDArray source = latents.slice(0); // [channels, h, w]
        for (int picture = 1; picture < latents.size(0); picture++) {
            kept.slice(picture).assign(latents.slice(picture).mul(inside).addi(source.mul(outside)));
        }
        return kept;
    }
}
