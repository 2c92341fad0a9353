package org.sd15.pipeline.edit.instruct;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.denoise.RowGuidance;

/**
 * Guidance by a picture and an instruction: {@code e = e(0, 0) + s_I (e(0, I) - e(0, 0)) + s_T (e(T, I) - e(0, I))}. Rows
 * are in this order: neither of them, the picture alone, both.
 *
 * @param text s_T
 * @param image s_I
 * @see <a href="https://arxiv.org/abs/2211.09800">Brooks et al., InstructPix2Pix, equation 3</a>
 */
record ImageGuidance(double text, double image) implements RowGuidance {

    private static final int ROWS = 3;

    /** As in diffusers: without guidance by the text, or with less than one by the picture, there is none at all. */
    boolean guided() {
        return text > 1 && image >= 1;
    }

    @Override
    public int rowsPerPicture() {
        return guided() ? ROWS : 1;
    }

    @Override
    public INDArray apply(INDArray prediction) {
        if (!guided()) {
            return prediction;
        }
        INDArray neither = third(prediction, 0);
        INDArray imageAlone = third(prediction, 1);
        INDArray both = third(prediction, 2);
        return neither.add(imageAlone.sub(neither).muli(image))
                .addi(both.sub(imageAlone).muli(text));
    }

    private static INDArray third(INDArray prediction, int number) {
        long pictures = prediction.size(0) / ROWS;
        return prediction.get(NDArrayIndex.interval(number * pictures, (number + 1) * pictures));
    }
}
