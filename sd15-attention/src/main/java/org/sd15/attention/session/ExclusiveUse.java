package org.sd15.attention.session;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread at a time into something that can't stand two, and none any more once it is closed. Nobody waits: a
 * thread that comes while another is inside is told so, as waiting would hide that two threads were meant to work at the
 * same time. It belongs to a thread for the duration of a call only: threads may take turns, and each sees what the one
 * before did.
 *
 * <p>Entering costs a compare-and-set. A thread that is inside may enter again.
 */
public final class ExclusiveUse {

    private final String what;
    private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();

    // Both are touched by the thread that is inside, and passed on to the next one through the reference.
    private int depth;
    private boolean closed;

    /** Access to something, as messages are to call it, for instance {@code the UNet}. */
    public ExclusiveUse(String what) {
        this.what = what;
    }

    /**
     * Does something inside.
     *
     * @throws IllegalStateException if another thread is inside, or it is closed
     */
    public <T> T call(Supplier<T> work) {
        enter();
        try {
            requireOpen();
            return work.get();
        } finally {
            leave();
        }
    }

    /**
     * Does something inside; see {@link #call}.
     *
     * @throws IllegalStateException if another thread is inside, or it is closed
     */
    public void run(Runnable work) {
        hold(() -> {
            requireOpen();
            work.run();
        });
    }

    /**
     * Does something while nobody else is inside, also after it was closed.
     *
     * @throws IllegalStateException if another thread is inside
     */
    public void hold(Runnable work) {
        enter();
        try {
            work.run();
        } finally {
            leave();
        }
    }

    /**
     * Lets nobody in from now on. To close it again does nothing.
     *
     * @param freeing what there is to be freed
     * @return whether this was what closed it
     * @throws IllegalStateException if another thread is inside; then nothing is freed
     */
    public boolean close(Runnable freeing) {
        enter();
        try {
            if (closed) {
                return false;
            }
            freeing.run();
            closed = true;
            return true;
        } finally {
            leave();
        }
    }

    private void enter() {
        Thread self = Thread.currentThread();
        Thread other = inside.compareAndExchange(null, self);
        if (other != null && other != self) {
            throw new IllegalStateException(
                    "%s is in use by thread %s; thread %s can neither use nor close it meanwhile. For several threads at once, give each a handle of its own: share()"
                            .formatted(what, other.getName(), self.getName()));
        }
        depth++;
    }

    private void leave() {
        if (--depth == 0) {
            inside.set(null);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("%s is closed".formatted(what));
        }
    }
}
