package org.sd15.server.job;

/** No more jobs are taken: as many wait as may. */
public final class QueueFull extends RuntimeException {

    private static final long serialVersionUID = 1;

    QueueFull(int limit) {
        super("%d jobs wait already".formatted(limit));
    }
}
