package org.sd15.pipeline.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.Plane;
import org.sd15.pipeline.words.Quantile;

class MasksTest {

    /** LE-7: the kernel is (0.21194156, 0.57611688, 0.21194156) in each direction. */
    @Test
    void smoothingSpreadsOnePixelByTheKernelAndKeepsWhatIsEven() {
        double[] spot = new double[25];
        spot[12] = 1;
        double[] smooth = new Plane(spot, new Grid(5, 5)).smoothed().values();
        double[] kernel = {0.21194156, 0.57611688, 0.21194156};
        for (int y = 0; y < 3; y++) {
            for (int x = 0; x < 3; x++) {
                assertThat(smooth[(y + 1) * 5 + x + 1]).isCloseTo(kernel[y] * kernel[x], within(1e-8));
            }
        }
        assertThat(Arrays.stream(smooth).sum()).isCloseTo(1, within(1e-12));
        double[] even = new double[12];
        Arrays.fill(even, 0.3);
        assertThat(new Plane(even, new Grid(3, 4)).smoothed().values()).containsExactly(even, within(1e-15));
    }

    @Test
    void smoothingSeesTheMirrorImageAtTheEdge() {
        double[] ramp = {0, 1, 2, 3};
        double side = 0.21194156;
        double[] smooth = new Plane(ramp, new Grid(1, 4)).smoothed().values();
        assertThat(smooth).containsExactly(new double[] {2 * side, 1, 2, 3 - 2 * side}, within(1e-8));
    }

    /** LE-6: {@code n - ceil(q (n - 1))} pixels without ties. */
    @ParameterizedTest
    @CsvSource({
        "0.9, 256, 26",
        "0.9, 4096, 410",
        "0.75, 256, 64",
        "0.8, 256, 52",
        "0, 256, 256",
        "1, 256, 1",
        "1.01, 256, 0"
    })
    void masksCoverTheShareThatTheThresholdLeaves(double threshold, int pixels, int covered) {
        Random random = new Random(3);
        double[] values = random.doubles(pixels).toArray();
        double[] mask = new Plane(values, new Grid(1, pixels))
                .fromQuantile(threshold, Conformance.CORRECTED)
                .values();
        assertThat(Arrays.stream(mask).sum()).isEqualTo(covered);
    }

    /** torch 2.15: 0.8 in float32 is a little more than 0.8, and 0.8 * 255 is to be 204. */
    @Test
    void asTheReferenceRoundsOnePixelIsLeftOutWhereTheQuantileIsItsValue() {
        double[] values = IntStream.range(0, 256)
                .mapToDouble(i -> i <= 204 ? i / 2048.0 : i)
                .toArray();
        Plane plane = new Plane(values, new Grid(16, 16));
        assertThat(Arrays.stream(plane.fromQuantile(0.8, Conformance.CORRECTED).values())
                        .sum())
                .isEqualTo(52);
        assertThat(Arrays.stream(plane.fromQuantile(0.8, Conformance.REFERENCE).values())
                        .sum())
                .isEqualTo(51);
    }

    /** torch.quantile([3, 1, 2, 10], 0.5), 0.9. */
    @Test
    void quantilesAreInterpolated() {
        double[] values = {3, 1, 2, 10};
        assertThat(Quantile.of(values, 0.5)).isEqualTo(2.5);
        assertThat(Quantile.of(values, 0.9)).isCloseTo(7.9, within(1e-12));
        assertThat(values).containsExactly(3, 1, 2, 10);
        assertThatThrownBy(() -> Quantile.of(values, 1.5)).hasMessageContaining("quantile 1.5 of 4 values");
    }

    @Test
    void theNoiseMaskSumsTheSizesOfAllChannels() {
        var difference = Nd4j.createFromArray(new double[][][] {{{1, -2, 0}}, {{-1, 3, -1.5}}});
        assertThat(NoiseMask.of(difference, 0.5, Conformance.CORRECTED)).containsExactly(1, 1, 0);
        assertThat(NoiseMask.of(difference, 1, Conformance.CORRECTED)).containsExactly(0, 1, 0);
    }
}
