package org.sd15.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.testing.MutationRun.Outcome;

class MutationRunTest {

    private static final List<byte[]> SAMPLES =
            List.of("{\"width\": 12, \"kind\": \"F32\"}".getBytes(UTF_8), "[1, 2]".getBytes(UTF_8));

    private static MutationRun run(long count) {
        return MutationRun.of(3, count).over(SAMPLES).words("kind");
    }

    @Test
    void mutatesInManyWaysAndTheSameWayEachTime() {
        Set<String> different = new HashSet<>();
        for (int number = 0; number < 500; number++) {
            byte[] mutation = run(0).mutation(number);
            assertThat(mutation).isEqualTo(run(0).mutation(number));
            different.add(Arrays.toString(mutation));
        }
        assertThat(different).hasSizeGreaterThan(400);
        assertThat(MutationRun.of(4, 0).over(SAMPLES).mutation(0))
                .as("another seed")
                .isNotEqualTo(run(0).mutation(0));
    }

    @Test
    void countsWhatIsUnderstoodAndWhatIsRefused(@TempDir Path folder) {
        Path file = folder.resolve("text");
        Outcome outcome = run(1000).check(file, written -> {
            if (Files.size(written) < 10) {
                throw new IllegalArgumentException(written + ": is too short");
            }
        });
        assertThat(outcome.understood()).isPositive();
        assertThat(outcome.refused()).isPositive();
        assertThat(outcome.understood() + outcome.refused()).isEqualTo(1000);
    }

    @Test
    void failsOnAnyOtherExceptionAndSaysWhichMutationItWas() {
        assertThatThrownBy(() -> run(1000).check("x", bytes -> {
                    if (bytes.length < 3) {
                        throw new IllegalStateException("x: short");
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll("IllegalStateException: x: short", "of seed 3");
    }

    @Test
    void failsOnARefusalThatDoesNotNameTheFileOrSpeaksAsALibraryDoes() {
        for (String message : List.of("is too short", "x: Input length = 1", "x: long overflow", "x: null")) {
            assertThatThrownBy(() -> run(1).check("x", bytes -> {
                        throw new IllegalArgumentException(message);
                    }))
                    .as(message)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void failsOnAMutationThatAllocatesTooMuch() {
        byte[][] kept = new byte[1][];
        assertThatThrownBy(() -> run(1).check("x", bytes -> {
                    for (int i = 0; i < 40 && isMutated(bytes); i++) {
                        kept[0] = new byte[16 << 20];
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("bytes of memory");
    }

    @Test
    void failsOnAMutationThatComputesTooLong() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        assertThatThrownBy(() -> run(1).check("x", bytes -> {
                    long end = threads.getCurrentThreadCpuTime() + 1_010_000_000;
                    while (isMutated(bytes) && threads.getCurrentThreadCpuTime() < end) {
                        Thread.onSpinWait();
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("ns of the processor");
    }

    private static boolean isMutated(byte[] bytes) {
        return SAMPLES.stream().noneMatch(sample -> Arrays.equals(sample, bytes));
    }
}
