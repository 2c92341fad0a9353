package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.importer.lora.SmallLora.array;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The formulas, element by element, where no library has numbers: other scales, odd sizes, what does not fit. */
class WeightChangeTest {

    private static INDArray changed(WeightChange change, INDArray weight, double scale) {
        INDArray copy = weight.dup('c');
        change.applyTo(copy, scale);
        return copy;
    }

    @Test
    void aTuckerKernelIsTheSumOverBothRanks() {
        INDArray core = array("core", 2, 3, 2, 2);
        INDArray left = array("left", 2, 5);
        INDArray right = array("right", 3, 4);
        INDArray kernel = new Factor.Tucker(core, left, right).matrix().reshape('c', 5, 4, 2, 2);
        for (int[] at : new int[][] {{0, 0, 0, 0}, {4, 3, 1, 0}, {2, 1, 0, 1}, {3, 2, 1, 1}}) {
            double expected = 0;
            for (int m = 0; m < 2; m++) {
                for (int n = 0; n < 3; n++) {
                    expected +=
                            core.getDouble(m, n, at[2], at[3]) * left.getDouble(m, at[0]) * right.getDouble(n, at[1]);
                }
            }
            assertThat(kernel.getDouble(at)).isEqualTo(expected, within(1e-5));
        }
    }

    @Test
    void aKroneckerProductHasTheKernelInItsSecondFactor() {
        INDArray one = array("one", 2, 3);
        INDArray two = array("two", 4, 5, 3, 1);
        WeightDelta layer = new KroneckerLayer(new Factor.Whole(one), new Factor.Whole(two), 0.5);
        INDArray delta = layer.delta(8, 15, 3, 1);
        for (int[] at : new int[][] {{0, 0, 0, 0}, {7, 14, 2, 0}, {5, 6, 1, 0}, {2, 11, 0, 0}}) {
            double expected =
                    0.5 * one.getDouble(at[0] / 4, at[1] / 5) * two.getDouble(at[0] % 4, at[1] % 5, at[2], at[3]);
            assertThat(delta.getDouble(at)).isEqualTo(expected, within(1e-6));
        }
    }

    @ParameterizedTest
    @EnumSource(Axis.class)
    void aScaleOfIa3IsBetweenOneAndTheFactor(Axis axis) {
        INDArray weight = array("weight", 4, 3, 2, 2);
        INDArray offsets = array("offsets", axis == Axis.OUTPUT ? 4 : 3);
        INDArray scaled = changed(new Scaling(offsets, axis), weight, 0.7);
        for (int[] at : new int[][] {{0, 0, 0, 0}, {3, 2, 1, 1}, {1, 2, 0, 1}, {2, 0, 1, 0}}) {
            double factor = 1 + 0.7 * offsets.getDouble(axis == Axis.OUTPUT ? at[0] : at[1]);
            assertThat(scaled.getDouble(at)).isEqualTo(weight.getDouble(at) * factor, within(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.7, 1.5})
    void peftsLengthsStayWhateverTheScale(double scale) {
        INDArray weight = array("weight", 4, 3, 2, 2);
        INDArray lengths = Nd4j.createFromArray(1f, 2f, 0.5f, 3f);
        WeightDelta delta = new FullDifference(array("delta", 4, 3, 2, 2));
        INDArray changed = changed(new Decomposed(delta, lengths, Axis.OUTPUT, Decomposed.Rule.PEFT), weight, scale);
        for (int i = 0; i < 4; i++) {
            assertThat(changed.slice(i).norm2Number().doubleValue()).isEqualTo(lengths.getDouble(i), within(1e-6));
        }
    }

    @Test
    void channelsOfZerosStayZeros() {
        INDArray weight = Nd4j.zeros(DataType.FLOAT, 2, 3);
        WeightDelta nothing = new FullDifference(Nd4j.zeros(DataType.FLOAT, 2, 3));
        for (Decomposed.Rule rule : Decomposed.Rule.values()) {
            Decomposed change = new Decomposed(nothing, Nd4j.ones(DataType.FLOAT, 2), Axis.OUTPUT, rule);
            assertSameBits(rule.name(), changed(change, weight, 1), weight);
        }
    }

    /** Exact rotations are orthogonal: what they turn keeps its length; the angle is that of the given matrix. */
    @Test
    void rotationsKeepLengths() {
        INDArray blocks = Cayley.constrained(array("blocks", 3, 7, 7), 0);
        for (int block = 0; block < 3; block++) {
            INDArray matrix = blocks.slice(block).castTo(DataType.DOUBLE);
            assertThat(largestDifference(
                            matrix.mmul(matrix.transpose()), Nd4j.eye(7).castTo(DataType.DOUBLE)))
                    .isLessThan(1e-6);
        }
        double tangent = Math.tan(Math.PI / 6) / 2;
        INDArray quarter = Cayley.constrained(
                Nd4j.createFromArray(0, (float) tangent, (float) -tangent, 0).reshape(1, 2, 2), 0);
        assertThat(quarter.getDouble(0, 0, 0)).isEqualTo(Math.cos(Math.PI / 3), within(1e-6));
        assertThat(quarter.getDouble(0, 0, 1)).isEqualTo(Math.sin(Math.PI / 3), within(1e-6));
    }

    /** PEFT has scale 1 only; in between it is as LyCORIS has it. */
    @ParameterizedTest
    @EnumSource(Axis.class)
    void aScaleOfOftIsBetweenTheIdentityAndTheRotation(Axis axis) {
        INDArray weight = array("weight", 6, 3, 1, 2);
        INDArray rotations = Cayley.constrained(array("blocks", 2, 3, 3), 1);
        INDArray whole = changed(new Rotation(rotations, axis, null), weight, 1);
        INDArray part = changed(new Rotation(rotations, axis, null), weight, 0.3);
        assertThat(largestDifference(part, weight.mul(0.7).add(whole.mul(0.3)))).isLessThan(1e-6);
        INDArray shared = rotations.slice(0).reshape(1, 3, 3);
        INDArray twice = Nd4j.concat(0, shared, shared);
        assertSameBits(
                "one block for all",
                changed(new Rotation(shared, axis, null), weight, 0.3),
                changed(new Rotation(twice, axis, null), weight, 0.3));
    }

    @Test
    void longSeriesAreTheRotationTheOtherWayRound() {
        INDArray triangles = array("triangles", 2, 6).mul(0.1);
        INDArray series = new PeftOft(60, Double.POSITIVE_INFINITY).rotations(triangles);
        INDArray exact = new PeftOft(0, Double.POSITIVE_INFINITY).rotations(triangles);
        IntStream.range(0, 2)
                .forEach(i -> assertThat(largestDifference(
                                series.slice(i), exact.slice(i).transpose()))
                        .isLessThan(1e-6));
    }

    @Test
    void whatDoesNotFitAWeightIsRefusedAndChangesNothing() {
        INDArray weight = array("weight", 4, 3);
        Factor matrix = new Factor.Whole(array("a", 4, 4));
        WeightDelta delta = new FullDifference(array("delta", 4, 4));
        INDArray lengths = array("lengths", 4);
        WeightChange[] unfit = {
            delta,
            new HadamardLayer(matrix, matrix, 1, 1),
            new KroneckerLayer(matrix, matrix, 1),
            new TuckerLayer(array("d", 2, 4), array("m", 2, 2, 1, 1), array("u", 4, 2), 1),
            new Scaling(lengths, Axis.INPUT),
            new Decomposed(delta, lengths, Axis.INPUT, Decomposed.Rule.PEFT),
            new Decomposed(delta, lengths, Axis.OUTPUT, Decomposed.Rule.LYCORIS),
            new Rotation(array("r", 2, 3, 3), Axis.OUTPUT, null)
        };
        for (WeightChange change : unfit) {
            INDArray copy = weight.dup();
            assertThatThrownBy(() -> change.applyTo(copy, 1))
                    .as(change.method())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a weight of [4, 3]");
            assertSameBits(change.method(), copy, weight);
        }
    }

    @Test
    void whatDoesNotBelongTogetherIsRefused() {
        INDArray matrix = array("a", 4, 3);
        assertThatThrownBy(() -> new Factor.Product(matrix, matrix)).hasMessageContaining("do not belong together");
        assertThatThrownBy(() -> new Factor.Tucker(matrix, matrix, matrix)).hasMessageContaining("[4, 3]");
        assertThatThrownBy(() -> new Factor.Whole(array("v", 4))).hasMessageContaining("[rows, columns");
        assertThatThrownBy(() -> new Rotation(matrix, Axis.OUTPUT, null)).hasMessageContaining("[blocks, size, size]");
        Factor whole = new Factor.Whole(matrix);
        assertThatThrownBy(() -> new HadamardLayer(whole, whole, Double.NaN, 1)).hasMessageContaining("alpha is NaN");
        assertThatThrownBy(() -> new KroneckerLayer(whole, whole, Double.NaN)).hasMessageContaining("NaN");
    }
}
