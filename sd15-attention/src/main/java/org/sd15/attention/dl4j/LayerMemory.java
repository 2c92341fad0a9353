package org.sd15.attention.dl4j;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.nd4j.linalg.learning.config.IUpdater;

/** How much memory a layer takes, in the terms of DL4J's memory report: numbers of elements. */
final class LayerMemory {

    private LayerMemory() {}

    /** The report for inputs whose lengths are known; DL4J says so where they are not. */
    static LayerMemoryReport report(CrossAttentionLayer layer, InputType... types) {
        CrossAttentionConfig config = layer.getConfig();
        InputType image = types[0];
        InputType context = types[types.length - 1];
        long queries = image.arrayElementsPerExample() / config.queryDim();
        long tokens = context.arrayElementsPerExample() / config.contextDim();
        long width = (long) config.heads() * config.headDim();
        long map = config.heads() * queries * tokens;
        long forward = 2 * queries * width + 2 * tokens * width + 2 * map; // Q, mixture, K, V, scores, weights
        long towardsText = types.length > 1 ? context.arrayElementsPerExample() : 0;
        return new LayerMemoryReport.Builder(layer.label(), CrossAttentionLayer.class, image, image)
                .standardMemory(layer.numParams(true), updaterState(layer))
                .workingMemory(0, forward, 0, 2 * forward + towardsText)
                .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
                .build();
    }

    private static long updaterState(CrossAttentionLayer layer) {
        long state = 0;
        for (var parameter : layer.getVertexParams().getParamShapes().entrySet()) {
            IUpdater updater = layer.getUpdaterByParam(parameter.getKey());
            long length = 1;
            for (long size : parameter.getValue()) {
                length *= size;
            }
            state += updater == null ? 0 : updater.stateSize(length);
        }
        return state;
    }
}
