package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.fused.onednn.Slot;

/**
 * What is added to the result of a convolution.
 *
 * @param bias a vector, or null
 * @param vector a vector a picture, or null
 * @param residual a map, or null
 */
record ConvolutionAddends(
        @Nullable Slot bias,
        @Nullable Slot vector,
        @Nullable Slot residual) {

    static final ConvolutionAddends NONE = new ConvolutionAddends(null, null, null);

    /** Those that there are. */
    List<Slot> present() {
        return Stream.of(bias, vector, residual).filter(Objects::nonNull).toList();
    }
}
