package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.denoise.EditProgram;

/**
 * Gives the unconditional rows of all pictures the text states that null-text inversion found for the step.
 *
 * @param inversion of the source picture
 * @param skipped steps of the inversion that the run leaves out at the start
 */
public record NullTexts(Inversion inversion, int skipped) implements EditProgram {

    @Override
    public INDArray context(int step, INDArray context) {
        INDArray found = inversion.nullTexts().get(skipped + step);
        INDArray changed = context.dup('c');
        long pictures = new GuidedRows(context).pictures();
        for (long row = 0; row < pictures; row++) {
            changed.get(NDArrayIndex.interval(row, row + 1)).assign(found);
        }
        return changed;
    }
}
