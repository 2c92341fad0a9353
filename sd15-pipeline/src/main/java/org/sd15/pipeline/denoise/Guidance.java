package org.sd15.pipeline.denoise;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Classifier-free guidance: {@code e = e_u + w (e_c - e_u)}. At a scale of 1 or less the unconditional half is not
 * computed.
 *
 * @param scale w
 * @param rescale 0 leaves the prediction as it is; 1 gives it the standard deviation of the conditional one
 * @see <a href="https://arxiv.org/abs/2207.12598">Ho and Salimans, Classifier-Free Diffusion Guidance</a>
 * @see <a href="https://arxiv.org/abs/2305.08891">Lin et al., Common Diffusion Noise Schedules and Sample Steps are
 *     Flawed, section 3.4</a>
 */
public record Guidance(double scale, double rescale) implements RowGuidance {

    /** Checks the ranges. */
    public Guidance {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("guidance is %s, must be a finite number".formatted(scale));
        }
        if (!(rescale >= 0 && rescale <= 1)) {
            throw new IllegalArgumentException("guidance rescale is %s, must be from 0 to 1".formatted(rescale));
        }
    }

    /** Whether the unconditional half is computed: at scales above 1. */
    public boolean guided() {
        return scale > 1;
    }

    @Override
    public int rowsPerPicture() {
        return guided() ? 2 : 1;
    }

    /**
     * The guided prediction.
     *
     * @param prediction {@code [2 pictures, 4, h, w]}, unconditional rows first; {@code [pictures, 4, h, w]} if not guided
     * @return {@code [pictures, 4, h, w]}
     */
    @Override
    public INDArray apply(INDArray prediction) {
        if (!guided()) {
            return prediction;
        }
        long pictures = prediction.size(0) / 2;
        INDArray unconditional = prediction.get(NDArrayIndex.interval(0, pictures));
        INDArray conditional = prediction.get(NDArrayIndex.interval(pictures, 2 * pictures));
        INDArray guided = unconditional.add(conditional.sub(unconditional).mul(scale));
        return rescale == 0 ? guided : rescaled(guided, conditional);
    }

    private INDArray rescaled(INDArray guided, INDArray conditional) {
        INDArray ratio = deviation(conditional).div(deviation(guided)); // [pictures]
        INDArray factor = ratio.mul(rescale).add(1 - rescale).reshape(ratio.length(), 1, 1, 1);
        return guided.mul(factor);
    }

    private static INDArray deviation(INDArray predictions) {
        return predictions.std(true, 1, 2, 3);
    }
}
