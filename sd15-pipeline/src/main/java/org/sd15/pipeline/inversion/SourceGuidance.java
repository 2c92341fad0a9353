package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.EditProgram;

/**
 * Draws the source picture, row 0, under the guidance under which it was inverted, whatever that of the targets is: only
 * so do its noise maps lead back.
 *
 * @param scale 1 is the prompt alone, 0 no prompt
 */
public record SourceGuidance(double scale) implements EditProgram {

    /** Checks the scale. */
    public SourceGuidance {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException(
                    "guidance of the source is %s, must be a finite number".formatted(scale));
        }
    }

    @Override
    public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        INDArray changed = combined.dup('c');
        GuidedRows guided = new GuidedRows(rows);
        INDArray source =
                scale == 1 ? guided.conditional() : scale == 0 ? guided.unconditional() : guided.guided(scale);
        changed.slice(0).assign(source.slice(0));
        return changed;
    }
}
