package org.sd15.pipeline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** One map: resizing against torch's in float64 (tools/reference/make_edit.py), the rest by hand. */
class HeatMapTest {

    private static final Fixture FILE = Fixture.of("sd15-pipeline", "edit/edit");

    /** Larger, smaller, square, a single pixel, and larger one way while smaller the other. Maps hold float32. */
    @ParameterizedTest
    @CsvSource({"5, 3, 7, 11", "7, 11, 5, 3", "4, 4, 16, 16", "1, 1, 3, 2", "2, 9, 9, 2"})
    void resizesAsTorch(int height, int width, int toHeight, int toWidth) {
        String from = height + "x" + width;
        INDArray picture = Rule.input("bicubic." + from, DataType.FLOAT, 1, 1, height, width);
        INDArray expected = FILE.get("bicubic.%s.%dx%d".formatted(from, toHeight, toWidth));
        HeatMap resized = new HeatMap(picture.data().asFloat(), height, width).resize(toHeight, toWidth);

        assertThat(resized.height()).isEqualTo(toHeight);
        assertThat(resized.width()).isEqualTo(toWidth);
        for (int y = 0; y < toHeight; y++) {
            for (int x = 0; x < toWidth; x++) {
                assertThat((double) resized.at(y, x))
                        .as("(%d, %d)", y, x)
                        .isCloseTo(expected.getDouble(y, x), within(2e-7));
            }
        }
    }

    @Test
    void resizingToTheSameSizeChangesNoBit() {
        HeatMap map = new HeatMap(new float[] {0.1f, 1e-30f, 0, 3, 7e5f, 0.7f}, 2, 3);

        assertThat(map.resize(2, 3)).isEqualTo(map);
    }

    @Test
    void stretchesToZeroAndOne() {
        assertThat(new HeatMap(new float[] {1, 2, 5, 3}, 2, 2).minMax().values())
                .containsExactly(0, 0.25f, 1, 0.5f);
        assertThat(new HeatMap(new float[] {2, 2}, 1, 2).minMax().values()).containsExactly(0, 0);
        assertThat(new HeatMap(new float[] {0, 1e-8f}, 1, 2).minMax().values()).containsExactly(0, 0.5f);
    }

    @Test
    void isAMaskFromAShareOfItsRangeOn() {
        HeatMap map = new HeatMap(new float[] {1e-9f, 2e-9f, 5e-9f, 3e-9f}, 2, 2);
        assertThat(map.mask(0.5, 0).shape()).containsExactly(2, 2);
        assertThat(map.mask(0.49, 0).data().asFloat()).containsExactly(0, 0, 1, 1);
        assertThat(map.mask(0.51, 0).data().asFloat()).containsExactly(0, 0, 1, 0);
        assertThat(map.mask(1, 0).data().asFloat()).containsExactly(0, 0, 1, 0);
        assertThat(map.mask(0, 0).data().asFloat()).containsExactly(1, 1, 1, 1);
        HeatMap corner = new HeatMap(new float[] {9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 3, 4);
        assertThat(corner.mask(0.5, 1).data().asFloat()).containsExactly(1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0);
        assertThatThrownBy(() -> map.mask(1.5, 0)).hasMessageContaining("1.5");
        assertThatThrownBy(() -> map.mask(0.5, -1)).hasMessageContaining("-1");
    }

    @Test
    void givesItsRows() {
        assertThat(new HeatMap(new float[] {0.5f, 1, 2e-10f, 3}, 2, 2).csv()).containsExactly("0.5,1.0", "2.0E-10,3.0");
    }

    @Test
    void isAValue() {
        float[] values = {1, 2};
        HeatMap map = new HeatMap(values, 1, 2);
        values[0] = 9;
        map.values()[1] = 9;

        assertThat(map)
                .isEqualTo(new HeatMap(new float[] {1, 2}, 1, 2))
                .hasSameHashCodeAs(new HeatMap(new float[] {1, 2}, 1, 2))
                .isNotEqualTo(new HeatMap(new float[] {1, 2}, 2, 1))
                .isNotEqualTo(new HeatMap(new float[] {1, 3}, 1, 2))
                .hasToString("HeatMap[1 x 2]");
    }

    @Test
    void refusesWhatIsNoRectangle() {
        assertThatThrownBy(() -> new HeatMap(new float[5], 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a heat map of 2 x 3 pixels with 5 values");
        assertThatThrownBy(() -> new HeatMap(new float[0], 0, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HeatMap(new float[6], 2, 3).at(0, 3)).hasMessage("pixel (0, 3) of 2 x 3");
        assertThatThrownBy(() -> new HeatMap(new float[6], 2, 3).resize(0, 3)).hasMessageContaining("0 x 3");
    }
}
