package org.sd15.pipeline.words;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.RowLayout;

/** How the pixels of one picture attend to the first tokens of its prompt at one site. */
public final class AttentionMap {

    private final AttentionSite site;
    private final int tokens;
    private final double[] probs; // [heads, queries, tokens]

    private AttentionMap(AttentionSite site, int tokens, double[] probs) {
        this.site = site;
        this.tokens = tokens;
        this.probs = probs;
    }

    /**
     * Reads the attention of one row.
     *
     * @param site a cross attention
     * @param probs the probabilities of all rows, {@code [rows, heads, queries, keys]}
     * @param rows the layout of the rows
     * @param picture whose conditional row is read
     * @param tokens how many tokens are read, from the start token on
     * @throws IllegalArgumentException if the array has another shape, or a number that is read is not finite
     */
    public static AttentionMap read(AttentionSite site, INDArray probs, RowLayout rows, int picture, int tokens) {
        long[] expected = {rows.rows(), site.heads(), site.queries(), site.keys()};
        if (!Arrays.equals(probs.shape(), expected)) {
            throw new IllegalArgumentException("%s has shape %s, expected [rows, heads, queries, keys] = %s"
                    .formatted(site.probs(), Arrays.toString(probs.shape()), Arrays.toString(expected)));
        }
        int row = rows.conditional(picture);
        INDArray some = probs.get(
                NDArrayIndex.point(row), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, tokens));
        AttentionMap map = new AttentionMap(site, tokens, some.dup('c').data().asDouble());
        map.requireFinite(row);
        return map;
    }

    private void requireFinite(int row) {
        for (int i = 0; i < probs.length; i++) {
            if (!Double.isFinite(probs[i])) {
                int pixel = i / tokens % site.queries();
                throw new IllegalArgumentException(
                        "%s is %s in row %d at head %d, pixel (%d, %d), token %d; finite numbers were expected"
                                .formatted(
                                        site.probs(),
                                        probs[i],
                                        row,
                                        i / tokens / site.queries(),
                                        pixel / site.width(),
                                        pixel % site.width(),
                                        i % tokens));
            }
        }
    }

    /** The site. */
    public AttentionSite site() {
        return site;
    }

    /** How many tokens were read. */
    public int tokens() {
        return tokens;
    }

    /**
     * The attention of one pixel to one token.
     *
     * @param query the number of the pixel, row by row
     */
    public double probability(int head, int query, int token) {
        return probs[(head * site.queries() + query) * tokens + token];
    }
}
