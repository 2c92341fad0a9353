package org.sd15.pipeline.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** Resizing against Pillow 12, Image.resize with LANCZOS in floating point; tools/reference/make_editors.py. */
class ResizeTest {

    private static final INDArray PICTURE = Rule.picture("resize.picture", DataType.DOUBLE, 1, 1, 11, 14)
            .mul(0.5)
            .add(0.5)
            .castTo(DataType.FLOAT);

    @ParameterizedTest
    @CsvSource({"8,16", "16,8", "4,4", "23,40"})
    void resizesAsPillowDoes(int height, int width) {
        INDArray expected = Fixture.of("sd15-pipeline", "editors/resize").get(height + "x" + width);
        INDArray resized = Pictures.resize(PICTURE, height, width);
        INDArray cut = Transforms.min(Transforms.max(expected, 0), 1);
        assertThat(largestDifference(resized, cut.reshape(1, 1, height, width))).isLessThan(1e-6);
    }

    @Test
    void theSameSizeIsTheSamePicture() {
        assertThat(largestDifference(Pictures.resize(PICTURE, 11, 14), PICTURE)).isLessThan(1e-7);
    }

    @Test
    void channelsAndPicturesStayApart() {
        INDArray two = Nd4j.concat(1, PICTURE, PICTURE.rsub(1));
        INDArray four = Nd4j.concat(0, two, two.mul(0.5));
        INDArray resized = Pictures.resize(four, 8, 16);
        assertThat(resized.shape()).containsExactly(2, 2, 8, 16);
        assertSameBits(
                "first",
                resized.slice(0).slice(0),
                Pictures.resize(PICTURE, 8, 16).slice(0).slice(0));
        INDArray last = Pictures.resize(PICTURE.rsub(1).mul(0.5), 8, 16);
        assertSameBits("last", resized.slice(1).slice(1), last.slice(0).slice(0));
    }
}
