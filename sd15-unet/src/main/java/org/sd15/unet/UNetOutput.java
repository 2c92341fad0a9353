package org.sd15.unet;

import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a UNet predicted.
 *
 * @param sample the prediction, {@code [batch, outChannels, height, width]}
 * @param taps what else was asked for, by name; attention maps are {@code [batch, heads, queries, keys]}
 */
public record UNetOutput(INDArray sample, Map<String, INDArray> taps) {

    /** One of the taps that were asked for. */
    public INDArray tap(String name) {
        return Objects.requireNonNull(taps.get(name), name);
    }
}
