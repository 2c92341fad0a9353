package org.sd15.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Reads many damaged files and makes sure of each that it is understood or refused in the one way that there is for it,
 * within a second of computing and 512 MB of what is allocated.
 *
 * <pre>
 * MutationRun.of(1, MutationRun.count())
 *         .over(samples)
 *         .words("dtype", "F32")
 *         .refusedWith(ImportException.class)
 *         .check(folder.resolve("fuzz.safetensors"), file -&gt; SafetensorsFile.open(file).close());
 * </pre>
 *
 * <p>A mutation depends on the seed, its number and the samples alone, so that one can be repeated without those before.
 */
public final class MutationRun {

    /** The system property with the number of mutations for each reader. */
    public static final String COUNT = "sd15.fuzz.mutations";

    private static final String DEFAULT_COUNT = "20000";
    private static final Duration SLOWEST = Duration.ofSeconds(1);
    private static final long MOST_ALLOCATED = 512L << 20;

    /** Time on the clock after which a reader is taken to hang. */
    private static final Duration HANGS = Duration.ofMinutes(1);

    private static final int MOST_BYTES_SHOWN = 4096;

    /** What exceptions of the JDK and of libraries say: it tells a user nothing about a file. */
    private static final Pattern NO_MESSAGE_FOR_USERS = Pattern.compile(
            "Input length = |For input string|\\b(integer|long) overflow|/ by zero|out of bounds|Negative (position|seek|count|initial|size)|"
                    + "Cannot invoke|cannot be cast|NumberFormat|: null$");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final long seed;
    private final long count;
    private List<byte[]> samples = List.of();
    private List<byte[]> words = List.of();
    private Class<? extends RuntimeException> refusal = IllegalArgumentException.class;

    private MutationRun(long seed, long count) {
        this.seed = seed;
        this.count = count;
    }

    /** What reads the bytes of a file: it returns if it understands them and throws if it does not. */
    @FunctionalInterface
    public interface Reader {
        void read(byte[] bytes) throws Exception;
    }

    /** What reads a file. */
    @FunctionalInterface
    public interface FileReader {
        void read(Path file) throws Exception;
    }

    /**
     * What came out.
     *
     * @param understood mutations that were read all the same
     * @param refused mutations that were refused
     * @param slowest the most time that one took, in nanoseconds of the processor
     * @param largest the most bytes that one allocated
     */
    public record Outcome(long understood, long refused, long slowest, long largest) {

        static final Outcome NOTHING = new Outcome(0, 0, 0, 0);

        Outcome with(boolean isUnderstood, long nanos, long bytes) {
            return new Outcome(
                    understood + (isUnderstood ? 1 : 0),
                    refused + (isUnderstood ? 0 : 1),
                    Math.max(slowest, nanos),
                    Math.max(largest, bytes));
        }
    }

    /** A run of so many mutations. */
    public static MutationRun of(long seed, long count) {
        return new MutationRun(seed, count);
    }

    /** The number of mutations for each reader in this build. */
    public static long count() {
        return Long.parseLong(System.getProperty(COUNT, DEFAULT_COUNT));
    }

    /** The files that are mutated, valid ones for the most part. */
    public MutationRun over(List<byte[]> files) {
        samples = files;
        return this;
    }

    /** Words of the format that are put into the files. */
    public MutationRun words(String... texts) {
        words = Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
        return this;
    }

    /** The only exception that the reader may throw; without this an {@link IllegalArgumentException}. */
    public MutationRun refusedWith(Class<? extends RuntimeException> type) {
        refusal = type;
        return this;
    }

    /** The mutation of a number, to look at what a run has found. */
    public byte[] mutation(long number) {
        return new Mutations(samples, words).next(new SplittableRandom(seed * 1_000_000_007L + number));
    }

    /**
     * Writes each mutation to a file and has it read.
     *
     * @param file its path must be in the message of every refusal
     */
    public Outcome check(Path file, FileReader reader) {
        return check(file.toString(), bytes -> reader.read(ScratchFile.write(file, bytes)));
    }

    /**
     * Has each mutation read.
     *
     * @param name must be in the message of every refusal
     */
    public Outcome check(String name, Reader reader) {
        assertThat(samples).as("samples").isNotEmpty();
        Worker worker = new Worker(name, reader);
        worker.setDaemon(true);
        worker.start();
        worker.waitFor();
        return worker.outcome;
    }

    /** A thread of its own, so that a reader that hangs is found out. */
    private final class Worker extends Thread {

        private final String name;
        private final Reader reader;
        private final Mutations mutations = new Mutations(samples, words);
        private volatile Outcome outcome = Outcome.NOTHING;
        private volatile long current;
        private volatile long begin = System.nanoTime();
        private volatile Throwable failure;

        Worker(String name, Reader reader) {
            super("mutations of " + name);
            this.name = name;
            this.reader = reader;
        }

        @Override
        public void run() {
            try {
                for (byte[] sample : samples) { // loads classes and libraries, which takes time
                    isUnderstood(sample);
                }
                for (long number = 0; number < count; number++) {
                    current = number;
                    begin = System.nanoTime();
                    measure(mutations.next(new SplittableRandom(seed * 1_000_000_007L + number)));
                }
            } catch (Throwable problem) {
                failure = problem;
            }
        }

        private void measure(byte[] bytes) {
            long nanos = THREADS.getCurrentThreadCpuTime();
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            boolean understood = isUnderstood(bytes);
            outcome = outcome.with(
                    understood,
                    THREADS.getCurrentThreadCpuTime() - nanos,
                    THREADS.getCurrentThreadAllocatedBytes() - allocated);
            if (outcome.slowest > SLOWEST.toNanos() || outcome.largest > MOST_ALLOCATED) {
                throw new AssertionError("took %,d ns of the processor and %,d bytes of memory%s"
                        .formatted(outcome.slowest, outcome.largest, describe(bytes)));
            }
        }

        private boolean isUnderstood(byte[] bytes) {
            try {
                reader.read(bytes);
                return true;
            } catch (Throwable thrown) {
                String message = String.valueOf(thrown.getMessage());
                if (!refusal.isInstance(thrown) || !message.contains(name)) {
                    throw new AssertionError("threw " + thrown + describe(bytes), thrown);
                }
                if (NO_MESSAGE_FOR_USERS.matcher(message).find()) {
                    throw new AssertionError("gave a message of a library: " + thrown + describe(bytes), thrown);
                }
                return false;
            }
        }

        private String describe(byte[] bytes) {
            byte[] shown = Arrays.copyOf(bytes, Math.min(bytes.length, MOST_BYTES_SHOWN));
            return "%nat mutation %,d of seed %d, of %,d bytes:%n%s%n%s"
                    .formatted(
                            current,
                            seed,
                            bytes.length,
                            HexFormat.of().formatHex(shown),
                            new String(shown, UTF_8).replaceAll("\\p{Cntrl}", "."));
        }

        private void waitFor() {
            try {
                while (isAlive()) {
                    join(HANGS.toMillis() / 10);
                    if (isAlive() && System.nanoTime() - begin > HANGS.toNanos()) {
                        throw new AssertionError("mutation %,d of seed %d of %s has not ended after %s"
                                .formatted(current, seed, name, HANGS));
                    }
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError(interrupted);
            }
            if (failure != null) {
                throw new AssertionError(name + ": " + failure.getMessage(), failure);
            }
            assertThat(outcome.understood + outcome.refused).isEqualTo(count);
        }
    }
}
