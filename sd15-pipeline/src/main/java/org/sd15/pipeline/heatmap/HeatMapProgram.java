package org.sd15.pipeline.heatmap;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditProgram;

/**
 * Adds up the attention of a run for heat maps.
 *
 * @param maps where it is added up
 */
public record HeatMapProgram(HeatMaps maps) implements EditProgram {

    @Override
    public Collection<String> taps(int step) {
        return maps.sites().stream().map(AttentionSite::probs).toList();
    }

    @Override
    public void observe(int step, Map<String, INDArray> probs) {
        maps.add(step, site -> Objects.requireNonNull(probs.get(site.probs())));
    }
}
