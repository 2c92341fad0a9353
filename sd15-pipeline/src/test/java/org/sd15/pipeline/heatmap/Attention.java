package org.sd15.pipeline.heatmap;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Sites;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.testing.Rule;

/** The attention from which make_edit.py makes heat maps: four sites, two heads, an unconditional and a conditional row. */
final class Attention {

    static final int KEYS = 77;
    static final Grid LATENTS = new Grid(12, 8);
    static final RowLayout ONE = new RowLayout(1, true);
    static final List<AttentionSite> SITES = List.of(
            Sites.cross(0, LATENTS, 2),
            Sites.cross(1, new Grid(6, 4), 2),
            Sites.cross(2, new Grid(3, 2), 2),
            Sites.cross(3, new Grid(6, 4), 2));

    private Attention() {}

    static HeatMaps empty(PromptWords prompt, HeatMapOptions options) {
        return new HeatMaps(SITES, LATENTS, ONE, Map.of(0, prompt), options);
    }

    static HeatMaps maps(PromptWords prompt, HeatMapOptions options, int steps) {
        HeatMaps maps = empty(prompt, options);
        for (int step = 0; step < steps; step++) {
            maps.add(step, of(step));
        }
        return maps;
    }

    static Function<AttentionSite, INDArray> of(int step) {
        return site -> probs(step, site);
    }

    /** {@code softmax(4 x)}, uneven enough for bicubic resizing to undershoot. */
    static INDArray probs(int step, AttentionSite site) {
        String name = "heat." + step + "." + site.index();
        double[] values = Rule.input(name, DataType.DOUBLE, 2, 2, site.queries(), KEYS)
                .data()
                .asDouble();
        for (int start = 0; start < values.length; start += KEYS) {
            double sum = 0;
            for (int i = start; i < start + KEYS; i++) {
                values[i] = Math.exp(4 * values[i]);
                sum += values[i];
            }
            for (int i = start; i < start + KEYS; i++) {
                values[i] /= sum;
            }
        }
        return Nd4j.createFromArray(values).castTo(DataType.FLOAT).reshape(2, 2, site.queries(), KEYS);
    }

    /** The same everywhere in the picture, another share for each token. */
    static INDArray evenlySpread(AttentionSite site) {
        float[] values = new float[2 * 2 * site.queries() * KEYS];
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * (i % KEYS + 1) / (float) (KEYS * (KEYS + 1));
        }
        return Nd4j.createFromArray(values).reshape(2, 2, site.queries(), KEYS);
    }
}
