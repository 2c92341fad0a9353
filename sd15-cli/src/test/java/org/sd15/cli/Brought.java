package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.factory.Nd4j;

/** What people bring, each thing with the files that it is and what happens to it: read, read with a word, or refused. */
final class Brought {

    private final List<DynamicTest> tests = new ArrayList<>();

    /** ND4J says on its own what it has to say when it is loaded. */
    Brought() {
        Nd4j.create(1);
    }

    /** What is read without a word. */
    Brought reads(String what, ThrowingCallable reading) {
        return says(what, "", reading);
    }

    /** What is read, and something is said about it. */
    Brought says(String what, String warning, ThrowingCallable reading) {
        return add(what, () -> {
            Cli cli = Cli.capture(() -> {
                run(reading);
                return 0;
            });
            assertThat(cli.out()).isEmpty();
            if (warning.isEmpty()) {
                assertThat(cli.err()).isEmpty();
            } else {
                assertThat(cli.err()).hasLineCount(1).contains(warning);
            }
        });
    }

    /** What is refused, in one line that has all of these texts. */
    Brought refuses(String what, ThrowingCallable reading, String... texts) {
        return add(what, () -> {
            assertThatThrownBy(reading)
                    .satisfies(refused -> assertThat(new Failure(refused, new Task("reading", List.of())).message())
                            .as("what a command says")
                            .hasLineCount(1)
                            .doesNotContain("--verbose")
                            .contains(texts));
        });
    }

    private static void run(ThrowingCallable reading) {
        try {
            reading.call();
        } catch (RuntimeException | Error problem) {
            throw problem;
        } catch (Throwable problem) {
            throw new AssertionError(problem);
        }
    }

    private Brought add(String what, Executable test) {
        tests.add(DynamicTest.dynamicTest(what, test));
        return this;
    }

    Stream<DynamicTest> tests() {
        return tests.stream();
    }
}
