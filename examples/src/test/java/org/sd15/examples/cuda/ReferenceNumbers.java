package org.sd15.examples.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.relative;
import static org.sd15.testing.Closeness.relativeNorm;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.Fixture;

/** The numbers of a CPU, in a file. */
final class ReferenceNumbers {

    private ReferenceNumbers() {}

    /**
     * Asserts that numbers are those of the file.
     *
     * @param values the largest difference, as a fraction of the largest value; for gradients, and for what training
     *     changes, of norms
     * @param changes the same for what training changes, where the least gradient moves a weight by the whole rate
     */
    static void assertSame(Map<String, INDArray> numbers, double values, double changes) {
        Fixture file = Fixture.of("examples", "cuda/numbers");
        assertThat(numbers.keySet()).containsExactlyInAnyOrderElementsOf(file.names());
        numbers.forEach((name, array) -> {
            INDArray expected = file.get(name);
            boolean change = name.startsWith("training");
            double error =
                    change || name.contains("gradient") ? relativeNorm(array, expected) : relative(array, expected);
            System.out.printf("%-90s %.2e%n", name, error);
            assertThat(error).as(name).isLessThanOrEqualTo(change ? changes : values);
        });
    }
}
