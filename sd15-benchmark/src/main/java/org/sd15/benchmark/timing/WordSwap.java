package org.sd15.benchmark.timing;

import java.util.List;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionControl.TokenMap;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;

/**
 * Prompt-to-prompt's ports in full use: the map of every cross attention goes from the first row of a batch to all others,
 * and so do queries and keys of self attention up to half of the size of the latents.
 *
 * @param plan ports of the graph
 * @param control arrays for them
 */
record WordSwap(AttentionPlan plan, AttentionControl control) {

    /** For {@code batch} rows over the sites of a model. */
    static WordSwap of(List<AttentionSite> sites, int batch) {
        int largest = sites.stream().mapToInt(AttentionSite::queries).max().orElse(0);
        int keys = sites.stream()
                .filter(AttentionSite::isCross)
                .mapToInt(AttentionSite::keys)
                .findAny()
                .orElseThrow();
        Predicate<AttentionSite> self = site -> !site.isCross() && site.queries() <= largest / 4;
        INDArray routing = Nd4j.zeros(DataType.FLOAT, batch, batch);
        routing.getColumn(0).assign(1);
        AttentionPlan plan =
                AttentionPlan.PLAIN.map(sites, AttentionSite::isCross).route(sites, self);
        AttentionControl control = AttentionControl.identity(batch)
                .map(AttentionSite::isCross, swap(routing, batch, keys))
                .routeQueries(self, routing)
                .routeKeys(self, routing);
        return new WordSwap(plan, control);
    }

    /** Each row takes half of its map from the first one, word by word. */
    private static TokenMap swap(INDArray routing, int batch, int keys) {
        INDArray matrix = Nd4j.zeros(DataType.FLOAT, batch, keys, keys);
        for (int row = 0; row < batch; row++) {
            matrix.slice(row).assign(Nd4j.eye(keys));
        }
        INDArray half = Nd4j.valueArrayOf(new long[] {batch, 1, 1, keys}, 0.5f);
        return new TokenMap(routing, matrix, half, half);
    }
}
