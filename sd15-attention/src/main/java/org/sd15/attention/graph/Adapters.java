package org.sd15.attention.graph;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says which layers get a low-rank addition, by their path, for instance
 * {@code mid_block.attentions.0.transformer_blocks.0.attn2.to_k}. Blocks don't know of it: the leaves ask their scope.
 */
@FunctionalInterface
public interface Adapters {

    /** None anywhere. */
    Adapters NONE = path -> null;

    /** The addition to the linear layer or convolution at a path, or null. */
    @Nullable
    LowRank at(String path);

    /** The same addition to all layers that are chosen by path. */
    static Adapters on(Predicate<String> modules, LowRank addition) {
        return path -> modules.test(path) ? addition : null;
    }
}
