package org.sd15.attention.session;

import java.util.concurrent.atomic.AtomicInteger;

/** How many handles there are of something that they share. Safe for use by several threads. */
public final class Handles {

    private final AtomicInteger count = new AtomicInteger(1);

    /** There is one more. The one that it is made from must not be closed meanwhile. */
    public void add() {
        count.incrementAndGet();
    }

    /**
     * One of them was closed.
     *
     * @return whether it was the last
     */
    public boolean remove() {
        return count.decrementAndGet() == 0;
    }

    /** Whether there is but one. */
    boolean isSingle() {
        return count.get() == 1;
    }

    /**
     * Makes sure that there is but one, whose holder may write into what they share.
     *
     * @param what it is, for the message
     * @throws IllegalStateException if there are more
     */
    public void requireSingle(String what) {
        if (count.get() > 1) {
            throw new IllegalStateException(
                    "%s shares its weights with %d other handles, which would change as well: train one that was loaded for it"
                            .formatted(what, count.get() - 1));
        }
    }
}
