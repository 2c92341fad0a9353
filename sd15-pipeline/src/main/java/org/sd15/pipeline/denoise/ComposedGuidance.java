package org.sd15.pipeline.denoise;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Guidance by several prompts for a picture: {@code e_c = e_u + sum_j w_j (e_j - e_u)} takes the place of the conditional
 * prediction. Unlike {@link Guidance}, it needs the unconditional half at every scale.
 *
 * @param guidance scale and rescaling of the composed prediction
 * @param weights w, by prompt and picture
 * @see <a href="https://arxiv.org/abs/2206.01714">Liu et al., Compositional Visual Generation with Composable Diffusion
 *     Models</a>
 */
record ComposedGuidance(Guidance guidance, List<double[]> weights) implements RowGuidance {

    @Override
    public int rowsPerPicture() {
        return 1 + weights.size();
    }

    @Override
    public INDArray apply(INDArray prediction) {
        long pictures = prediction.size(0) / rowsPerPicture();
        INDArray unconditional = block(prediction, 0, pictures); // [pictures, 4, h, w]
        INDArray composed = unconditional.dup();
        for (int j = 0; j < weights.size(); j++) {
            INDArray factor = Nd4j.createFromArray(weights.get(j))
                    .castTo(prediction.dataType())
                    .reshape(pictures, 1, 1, 1);
            composed.addi(block(prediction, j + 1, pictures).sub(unconditional).mul(factor));
        }
        return guidance.guided() ? guidance.apply(Nd4j.concat(0, unconditional, composed)) : composed;
    }

    private static INDArray block(INDArray prediction, int index, long pictures) {
        return prediction.get(NDArrayIndex.interval(index * pictures, (index + 1) * pictures));
    }
}
