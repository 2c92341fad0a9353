package org.sd15.pipeline.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.sd15.attention.session.ExclusiveUse;

/** The parts that were built from one set of weights, which must not be freed while any of them computes. */
final class HandedOut {

    private final List<ExclusiveUse> parts = new ArrayList<>();

    /** One more. */
    void add(ExclusiveUse part) {
        parts.add(part);
    }

    /**
     * Frees the weights.
     *
     * @throws IllegalStateException if another thread is inside of a part; then nothing is freed
     */
    void free(PartWeights weights) throws IOException {
        try {
            hold(parts.iterator(), weights);
        } catch (UncheckedIOException problem) {
            throw problem.getCause();
        }
    }

    private static void hold(Iterator<ExclusiveUse> left, PartWeights weights) {
        if (left.hasNext()) {
            left.next().hold(() -> hold(left, weights));
            return;
        }
        try {
            weights.close();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
