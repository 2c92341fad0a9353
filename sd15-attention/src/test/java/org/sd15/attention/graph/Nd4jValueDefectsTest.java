package org.sd15.attention.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.attention.graph.Probe.values;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.testing.Rule;

/**
 * Values of ND4J 1.0.0-M2.1 that are wrong, each next to what this project does instead. A test that fails with a later ND4J
 * says which detour is no longer needed.
 */
class Nd4jValueDefectsTest {

    private static final DataType TYPE = DataType.DOUBLE;

    /** Expected: x times the normal distribution function at x, by Python's math.erfc. */
    @Test
    void noGeluIsTheExactOne() {
        INDArray x = Nd4j.createFromArray(1.0, -0.5, -3.0).reshape(3, 1);
        double[] exact = {0.8413447460685429, -0.15426876936299344, -0.004049694094890287};
        double[] quick = Arrays.stream(new double[] {1, -0.5, -3})
                .map(v -> v / (1 + Math.exp(-1.702 * v)))
                .toArray();
        assertThat(values(x, v -> v.getSameDiff().nn.gelu(v)))
                .as("mended: geGlu may use gelu()")
                .containsExactly(quick, within(1e-8)); // even in float64 its 1.702 is a float
        assertThat(values(x, v -> v.getSameDiff().nn.preciseGelu(v)))
                .as("mended: geGlu may use preciseGelu()")
                .containsExactly(new double[] {0.8314, -0.1552, -0.0247}, within(1e-4));
        assertThat(values(x, v -> {
                    SameDiff graph = v.getSameDiff();
                    SDVariable both = graph.concat(1, graph.constant(Nd4j.ones(TYPE, 3, 1)), v);
                    return new NativeFormulation(graph)
                            .geGlu(new Tokens(both, 3, 2))
                            .rows();
                }))
                .containsExactly(exact, within(1e-14));
        assertThat(values(
                        x,
                        v -> new NativeFormulation(v.getSameDiff())
                                .quickGelu(new Tokens(v, 3, 1))
                                .rows()))
                .containsExactly(quick, within(1e-14));
    }

    /** Of (1, 1.001, 0.999, 1) the variance is 5e-7: beside epsilon = 1e-5 almost nothing, without it everything. */
    @Test
    void normsHaveNoEpsilon() {
        INDArray x = Nd4j.create(new double[][] {{1, 1.001, 0.999, 1}});
        double[] without = {0, Math.sqrt(2), -Math.sqrt(2), 0};
        double[] with = {0, 0.001 / Math.sqrt(1.05e-5), -0.001 / Math.sqrt(1.05e-5), 0};
        assertThat(values(x, v -> v.getSameDiff().math.standardize(v, 1)))
                .as("mended: layerNorm may use standardize()")
                .containsExactly(without, within(1e-9));
        assertThat(values(x, v -> {
                    SDVariable gain = v.getSameDiff().constant(Nd4j.ones(TYPE, 4));
                    return v.getSameDiff().nn.layerNorm(v, gain, false, 1);
                }))
                .as("mended: layerNorm may use layerNorm()")
                .containsExactly(without, within(1e-9));
        assertThat(values(x, v -> {
                    SDVariable one = v.getSameDiff().constant(Nd4j.ones(TYPE, 4));
                    SDVariable zero = v.getSameDiff().constant(Nd4j.zeros(TYPE, 4));
                    return new NativeFormulation(v.getSameDiff())
                            .layerNorm(new Tokens(v, 1, 4), one, zero, 1e-5)
                            .rows();
                }))
                .containsExactly(with, within(1e-9));
    }

    /** A group of 16 channels at 64x64 pixels has 65,536 elements. */
    @Test
    void aMeanOverManyFloatsLosesTwoDigits() {
        INDArray x = Rule.input("x", DataType.FLOAT, 1, 1 << 16).add(3);
        double exact = x.castTo(TYPE).meanNumber().doubleValue();
        assertThat(values(x, v -> v.mean(false, 1))[0])
                .as("mended: NativeFormulation.groupMean may take one mean")
                .isNotCloseTo(exact, within(1e-6 * exact));
        assertThat(values(x, v -> v.reshape(1, 256, 256).mean(false, 2).mean(false, 1))[0])
                .isCloseTo(exact, within(2e-7 * exact));
    }

    /** The largest score is taken to be at least zero, so all exponentials vanish. In float32 it is right. */
    @Test
    void theSoftmaxOfDoublesFarBelowZeroIsNaN() {
        UnaryOperator<SDVariable> softmax = v -> v.getSameDiff().nn.softmax(v, -1);
        INDArray x = Nd4j.valueArrayOf(new long[] {3, 2}, -800, TYPE);
        assertThat(values(x, softmax))
                .as("mended: CrossAttentionConfig need not spare texts of which nothing is there")
                .containsOnly(Double.NaN);
        assertThat(values(x.castTo(DataType.FLOAT), softmax)).containsOnly(0.5);
        assertThat(values(x, v -> v.getSameDiff().nn.softmax(v.sub(v.max(true, -1)), -1)))
                .containsOnly(0.5);
    }

    @Test
    void aMatrixMultipliesNothingButMatrices() {
        INDArray x = Rule.input("x", TYPE, 2, 5, 4);
        INDArray matrix = Rule.input("matrix", TYPE, 4, 3);
        assertThatThrownBy(() -> values(x, v -> v.mmul(v.getSameDiff().constant(matrix))))
                .as("mended: Tokens may be three-dimensional")
                .isInstanceOf(RuntimeException.class);
        assertThat(values(
                        x,
                        v -> new NativeFormulation(v.getSameDiff())
                                .linear(
                                        Tokens.of(v, 5, 4),
                                        v.getSameDiff()
                                                .constant(matrix.transpose().dup('c')),
                                        null,
                                        3)
                                .array()))
                .containsExactly(x.reshape(10, 4).mmul(matrix).dup('c').data().asDouble(), within(1e-12));
    }
}
