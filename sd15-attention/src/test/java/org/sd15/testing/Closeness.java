package org.sd15.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Comparisons of arrays with reference numbers. */
public final class Closeness {

    private Closeness() {}

    /** The largest difference, as a fraction of the largest reference value. */
    public static double relative(INDArray actual, INDArray expected) {
        return largestDifference(actual, expected) / largest(expected);
    }

    /** The largest difference. */
    public static double largestDifference(INDArray actual, INDArray expected) {
        assertThat(actual.shape()).as("shape").isEqualTo(expected.shape());
        double[] a = values(actual);
        double[] b = values(expected);
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs(a[i] - b[i]);
            worst = difference <= worst ? worst : difference; // NaN wins
        }
        return worst;
    }

    /** The largest absolute value. */
    public static double largest(INDArray array) {
        return Arrays.stream(values(array)).map(Math::abs).max().orElse(0);
    }

    /** Root of the sum of squares of the difference, as a fraction of that of the reference. */
    public static double relativeNorm(INDArray actual, INDArray expected) {
        double[] a = values(actual);
        double[] b = values(expected);
        assertThat(a).as("length").hasSameSizeAs(b);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += (a[i] - b[i]) * (a[i] - b[i]);
            norm += b[i] * b[i];
        }
        return Math.sqrt(difference / norm);
    }

    /** Asserts that the largest difference stays within a fraction of the largest reference value. */
    public static void assertClose(String what, INDArray actual, INDArray expected, double bound) {
        assertThat(relative(actual, expected)).as(what).isLessThanOrEqualTo(bound);
    }

    /** Asserts that every element has the same bits. */
    public static void assertSameBits(String what, INDArray actual, INDArray expected) {
        assertThat(actual.dataType()).as(what).isEqualTo(expected.dataType());
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        if (actual.dataType() == DataType.DOUBLE) {
            assertThat(actual.dup('c').data().asDouble())
                    .as(what)
                    .isEqualTo(expected.dup('c').data().asDouble());
        } else {
            assertThat(actual.dup('c').data().asFloat())
                    .as(what)
                    .isEqualTo(expected.dup('c').data().asFloat());
        }
    }

    private static double[] values(INDArray array) {
        return array.castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }
}
