package org.sd15.testing;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.sd15.attention.session.ExclusiveUse;

/** Another thread. */
public final class Elsewhere {

    /** What it is called. */
    public static final String NAME = "elsewhere";

    private Elsewhere() {}

    /** Does something in another thread and waits for it. */
    public static void now(Runnable work) throws Exception {
        ExecutorService thread = thread();
        try {
            thread.submit(work).get();
        } finally {
            thread.shutdown();
        }
    }

    /** Does something here while another thread is inside something. */
    public static void during(ExclusiveUse access, Runnable work) throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        ExecutorService thread = thread();
        try {
            Future<?> other = thread.submit(() -> access.run(() -> {
                entered.countDown();
                await(done);
            }));
            entered.await();
            try {
                work.run();
            } finally {
                done.countDown();
                other.get();
            }
        } finally {
            thread.shutdown();
        }
    }

    private static ExecutorService thread() {
        return Executors.newSingleThreadExecutor(work -> new Thread(work, NAME));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
