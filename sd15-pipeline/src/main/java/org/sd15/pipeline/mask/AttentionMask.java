package org.sd15.pipeline.mask;

import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.Plane;
import org.sd15.pipeline.words.WordMaps;

/**
 * M1: where words draw attention in one step. The attention of all maps and heads, summed over the words' tokens,
 * smoothed, and cut at a quantile.
 *
 * @param maps the attentions that are read
 * @param latents the size of the mask
 * @param conformance how quantiles are rounded
 * @see "diffusers 0.42.1, src/diffusers/pipelines/ledits_pp/pipeline_leditspp_stable_diffusion.py"
 */
public record AttentionMask(WordMaps maps, Grid latents, Conformance conformance) {

    /**
     * The mask of one row.
     *
     * @param probs by name, {@code [rows, heads, queries, keys]}
     * @param rows how many rows the batch has
     * @param row that is read
     * @param tokens of the words
     * @param threshold the quantile
     * @return 1 or 0, row by row
     */
    public double[] of(Map<String, INDArray> probs, int rows, int row, Set<Integer> tokens, double threshold) {
        int last = tokens.stream().mapToInt(token -> token).max().orElseThrow();
        double[][] mean = maps.mean(probs, new RowLayout(rows, false), row, last + 1);
        double[] sum = new double[maps.grid().cells()];
        for (int token : tokens) {
            for (int pixel = 0; pixel < sum.length; pixel++) {
                sum[pixel] += mean[token][pixel];
            }
        }
        return new Plane(sum, maps.grid())
                .smoothed()
                .fromQuantile(threshold, conformance)
                .resized(latents)
                .values();
    }
}
