package org.sd15.attention.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.attention.graph.Probe.gradientError;

import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.testing.Rule;

/**
 * Derivatives of ND4J 1.0.0-M2.1 that are wrong, each next to what this project does instead. A test that fails with a later ND4J
 * says which detour is no longer needed.
 */
class Nd4jGradientDefectsTest {

    private static final DataType TYPE = DataType.DOUBLE;

    /** A gradient counts as wrong from one part in twenty on; right ones are within 1e-9 of the difference quotient. */
    private static final double WRONG = 0.05;

    private static final double RIGHT = 1e-9;

    @Test
    void theGradientOfAVarianceForgetsThatItIsBiased() {
        INDArray x = input(3, 5);
        assertThat(gradientError(x, v -> v.getSameDiff().variance(v, false, true, 1)))
                .as("mended: norms may use variance()")
                .isGreaterThan(WRONG);
        assertThat(gradientError(x, v -> {
                    SDVariable centred = v.sub(v.mean(true, 1));
                    return v.getSameDiff().math.square(centred).mean(true, 1);
                }))
                .isLessThan(RIGHT);
    }

    @Test
    void theGradientOfGatherIsThatOfOtherRows() {
        INDArray table = input(4, 3);
        assertThat(gradientError(table, v -> v.getSameDiff().gather(v, new int[] {1, 2, 2, 0}, 0)))
                .as("mended: embeddings that are trained may use gather()")
                .isGreaterThan(WRONG);
        INDArray chosen = Nd4j.create(new double[][] {{0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 1, 0}, {1, 0, 0, 0}});
        assertThat(gradientError(table, v -> v.getSameDiff().constant(chosen).mmul(v)))
                .isLessThan(RIGHT);
    }

    @Test
    void theGradientOfMeanSquaredErrorForgetsWhatItIsMultipliedBy() {
        INDArray x = input(3, 5);
        INDArray target = Rule.input("target", TYPE, 3, 5);
        assertThat(gradientError(x, v -> {
                    SameDiff graph = v.getSameDiff();
                    return graph.loss
                            .meanSquaredError(graph.constant(target), v, null)
                            .mul(3);
                }))
                .as("mended: losses may use meanSquaredError()")
                .isGreaterThan(WRONG);
        assertThat(gradientError(x, v -> {
                    SameDiff graph = v.getSameDiff();
                    return graph.math
                            .square(v.sub(graph.constant(target)))
                            .mean()
                            .mul(3);
                }))
                .isLessThan(RIGHT);
    }

    @Test
    void theGradientOfUpsamplingIsWrongWhereChannelsAreLast() {
        INDArray x = input(1, 3, 4, 2);
        assertThat(gradientError(x, v -> v.getSameDiff().cnn.upsampling2d(v, 2, 2, false)))
                .as("mended: NativeFormulation.upsampleNearest may use upsampling2d()")
                .isGreaterThan(WRONG);
        assertThat(gradientError(
                        x,
                        v -> new NativeFormulation(v.getSameDiff())
                                .upsampleNearest(new FeatureMap(v, 3, 4, 2), 6, 8)
                                .value()))
                .isLessThan(RIGHT);
    }

    /** With as many channels out as in. Otherwise the derivative is refused for its shape. */
    @Test
    void theGradientOfAConvolutionForgetsHowItsWeightsLie() {
        INDArray kernel = input(3, 3, 3, 3);
        INDArray picture = Rule.input("picture", TYPE, 1, 4, 5, 3);
        var config = Conv2DConfig.builder()
                .kH(3)
                .kW(3)
                .pH(1)
                .pW(1)
                .paddingMode(PaddingMode.VALID)
                .dataFormat(Conv2DConfig.NHWC)
                .weightsFormat(WeightsFormat.OIYX)
                .build();
        assertThat(gradientError(
                        kernel, v -> v.getSameDiff().cnn.conv2d(v.getSameDiff().constant(picture), v, config)))
                .as("mended: Layout.CONVOLUTION is not needed, kernels may stay as they are stored")
                .isGreaterThan(WRONG);
        assertThat(gradientError(kernel, v -> {
                    SDVariable x = v.getSameDiff().constant(picture);
                    SDVariable noBias = v.getSameDiff().constant(Nd4j.zeros(TYPE, 3));
                    return new NativeFormulation(v.getSameDiff())
                            .conv2d(new FeatureMap(x, 4, 5, 3), v, noBias, 3, Conv2d.Geometry.SAME)
                            .value();
                }))
                .isLessThan(RIGHT);
    }

    private static INDArray input(long... shape) {
        return Rule.input("x", TYPE, shape);
    }
}
