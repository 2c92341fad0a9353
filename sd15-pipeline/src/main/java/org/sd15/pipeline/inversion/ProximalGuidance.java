package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.Quantile;

/**
 * Guidance that lets small differences go: of {@code d = e_c - e_u} only what is larger than a quantile of its sizes
 * counts. With negative-prompt inversion, where e_u is the source's prediction, the rest of the picture stays as it is.
 *
 * @see <a href="https://arxiv.org/abs/2306.05414">Han et al., Improving Tuning-Free Real Image Editing with Proximal
 *     Guidance</a>
 */
public final class ProximalGuidance implements EditProgram {

    /** What becomes of the differences that are kept. */
    public enum Threshold {
        /** They are kept as they are: the proximal operator of the L0 norm. */
        HARD,
        /** They are made smaller by the threshold: that of the L1 norm. */
        SOFT
    }

    private final double scale;
    private final double quantile;
    private final Threshold threshold;
    private final Conformance conformance;

    /**
     * Guidance with a threshold.
     *
     * @param scale of the differences that are kept
     * @param quantile share of the differences that are let go, from 0 to 1; 0.7 is published
     * @param conformance {@link Conformance#CORRECTED} takes the quantile of each target by itself; {@link
     *     Conformance#REFERENCE} takes one of all pictures together, the source's zeros included
     */
    public ProximalGuidance(double scale, double quantile, Threshold threshold, Conformance conformance) {
        if (!(quantile >= 0 && quantile <= 1)) {
            throw new IllegalArgumentException("the quantile is %s, must be from 0 to 1".formatted(quantile));
        }
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("guidance is %s, must be a finite number".formatted(scale));
        }
        this.scale = scale;
        this.quantile = quantile;
        this.threshold = threshold;
        this.conformance = conformance;
    }

    @Override
    public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
        GuidedRows guided = new GuidedRows(rows);
        INDArray difference = guided.conditional().sub(guided.unconditional()).dup('c');
        INDArray changed = combined.dup('c');
        double all = Quantile.ofSizes(difference, quantile);
        for (int picture = 1; picture < guided.pictures(); picture++) {
            INDArray own = difference.slice(picture);
            double limit = conformance == Conformance.REFERENCE ? all : Quantile.ofSizes(own, quantile);
            INDArray kept = larger(own, quantile == 0 ? -1 : limit); // nothing is let go at 0
            INDArray near = proximal(own, quantile == 0 ? 0 : limit, kept);
            changed.slice(picture).assign(guided.unconditional().slice(picture).add(near.mul(scale)));
        }
        return changed;
    }

    private static INDArray larger(INDArray difference, double limit) {
        return org.nd4j.linalg.ops.transforms.Transforms.abs(difference, true)
                .gt(limit)
                .castTo(difference.dataType());
    }

    private INDArray proximal(INDArray difference, double limit, INDArray kept) {
        INDArray large = difference.mul(kept);
        return threshold == Threshold.HARD
                ? large
                : large.sub(org.nd4j.linalg.ops.transforms.Transforms.sign(large, true)
                        .mul(limit));
    }
}
