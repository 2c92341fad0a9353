package org.sd15.attention.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Threads that compute side by side, each alone on a core. There are as many as OpenMP would use, and in each of them
 * OpenMP uses one: what a native library does there, it does in that thread, with the data that lie in the cache of its
 * core.
 */
public final class Lanes {

    /** Threads wait here between runs and end when nobody wants them for a minute. */
    private static final ExecutorService HELPERS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "sd15-lane");
        thread.setDaemon(true);
        return thread;
    });

    private Lanes() {}

    private static NativeOps openMp() {
        return NativeOpsHolder.getInstance().getDeviceNativeOps();
    }

    /** How many there are for the calling thread. */
    public static int count() {
        return Math.max(1, openMp().ompGetMaxThreads());
    }

    /**
     * Says how many there are for the calling thread, and what it calls, from now on. Without it each thread has as many as
     * the machine has cores, and several that compute at the same time do so in each other's way.
     *
     * @param count 1 at least
     */
    public static void limit(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("%d threads to compute with, there must be at least 1".formatted(count));
        }
        openMp().setOmpNumThreads(count);
    }

    /** Does something in which OpenMP has one thread: a primitive that is made there is one for a lane. */
    public static void alone(Runnable work) {
        int before = count();
        openMp().setOmpNumThreads(1);
        try {
            work.run();
        } finally {
            openMp().setOmpNumThreads(before);
        }
    }

    /** Runs all works at the same time, the first in the calling thread, and waits until the last is done. */
    public static void run(List<? extends Runnable> works) {
        List<Future<?>> others = new ArrayList<>();
        for (Runnable work : works.subList(1, works.size())) {
            others.add(HELPERS.submit(() -> alone(work)));
        }
        try {
            alone(works.get(0));
        } finally {
            others.forEach(Lanes::await);
        }
    }

    private static void await(Future<?> other) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    other.get();
                    return;
                } catch (InterruptedException later) {
                    interrupted = true; // the memory is in use until all are done
                }
            }
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
