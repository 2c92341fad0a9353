package org.sd15.pipeline.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.testing.Rule;

/** Against torchmetrics 1.9.0 in float64; the recipe is {@code tools/reference/picture_metrics.py}. */
class PictureMetricsTest {

    /** torchmetrics takes the logarithm of ten in float32. */
    private static final double FLOAT_LOGARITHM = 2e-6;

    private static final int HEIGHT = 24;
    private static final int WIDTH = 32;
    private static final INDArray A = picture("metrics.a");
    private static final INDArray B =
            Transforms.max(Transforms.min(A.add(picture("metrics.b").sub(0.5).mul(0.1)), 1.0, false), 0.0, false);

    private static INDArray picture(String name) {
        return Rule.picture(name, DataType.FLOAT, 1, 3, HEIGHT, WIDTH)
                .castTo(DataType.DOUBLE)
                .div(2)
                .add(0.5);
    }

    @Test
    void agreesWithTorchmetricsEverywhere() {
        assertThat(PictureMetrics.mse(A, B)).isCloseTo(0.000787390062, within(1e-12));
        assertThat(PictureMetrics.psnr(A, B)).isCloseTo(31.038099304, within(FLOAT_LOGARITHM));
        assertThat(PictureMetrics.ssim(A, B)).isCloseTo(0.995520426, within(1e-9));
    }

    @Test
    void agreesWithTorchmetricsOutsideOfAMask() {
        float[] mask = new float[HEIGHT * WIDTH];
        for (int i = 0; i < mask.length; i++) {
            boolean inside = i / WIDTH >= 5 && i / WIDTH < 15 && i % WIDTH >= 8 && i % WIDTH < 20;
            mask[i] = inside ? 1 : 0;
        }
        INDArray a = PictureMetrics.outside(A, mask);
        INDArray b = PictureMetrics.outside(B, mask);
        assertThat(PictureMetrics.mse(a, b)).isCloseTo(0.000663466994, within(1e-12));
        assertThat(PictureMetrics.psnr(a, b)).isCloseTo(31.781805335, within(FLOAT_LOGARITHM));
        assertThat(PictureMetrics.ssim(a, b)).isCloseTo(0.997191096, within(1e-9));
    }

    @Test
    void equalPicturesAreEqual() {
        assertThat(PictureMetrics.mse(A, A.dup())).isZero();
        assertThat(PictureMetrics.psnr(A, A.dup())).isInfinite();
        assertThat(PictureMetrics.ssim(A, A.dup())).isCloseTo(1, within(1e-12));
    }

    @Test
    void refusesWhatCannotBeCompared() {
        assertThatThrownBy(() -> PictureMetrics.mse(A, Nd4j.zeros(DataType.DOUBLE, 1, 3, 24, 31)))
                .hasMessage("pictures of different shapes: [1, 3, 24, 32] and [1, 3, 24, 31]");
        INDArray small = Nd4j.zeros(DataType.DOUBLE, 1, 3, 10, 31);
        assertThatThrownBy(() -> PictureMetrics.ssim(small, small)).hasMessageContaining("at least 11");
        assertThatThrownBy(() -> PictureMetrics.outside(A, new float[7])).hasMessageContaining("a mask of 7 values");
    }
}
