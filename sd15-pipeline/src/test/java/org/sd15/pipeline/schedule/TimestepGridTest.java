package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

class TimestepGridTest {

    /** The families of schedulers that read a grid in their own way. */
    private enum Family {
        WHOLE,
        FRACTIONAL,
        WITHOUT_LAST;

        double[] timesteps(TimestepGrid grid, int steps) {
            return switch (this) {
                case WHOLE -> IntStream.of(grid.whole(steps)).asDoubleStream().toArray();
                case FRACTIONAL -> grid.fractional(steps);
                case WITHOUT_LAST ->
                    IntStream.of(grid.withoutLast(steps)).asDoubleStream().toArray();
            };
        }
    }

    static Stream<Arguments> checksums() {
        return Stream.of(
                Arguments.of(Family.WHOLE, TimestepSpacing.LEADING, 999, 4_127_515_598L),
                Arguments.of(Family.WHOLE, TimestepSpacing.LINSPACE, 999, 175_273_396L),
                Arguments.of(Family.WHOLE, TimestepSpacing.TRAILING, 937, 906_559_012L),
                Arguments.of(Family.FRACTIONAL, TimestepSpacing.LEADING, 999, 4_127_515_598L),
                Arguments.of(Family.FRACTIONAL, TimestepSpacing.LINSPACE, 999, 1_457_989_685L),
                Arguments.of(Family.FRACTIONAL, TimestepSpacing.TRAILING, 937, 906_559_012L),
                Arguments.of(Family.WITHOUT_LAST, TimestepSpacing.LEADING, 998, 3_576_164_406L),
                Arguments.of(Family.WITHOUT_LAST, TimestepSpacing.LINSPACE, 999, 156_920_192L),
                Arguments.of(Family.WITHOUT_LAST, TimestepSpacing.TRAILING, 937, 906_559_012L));
    }

    /**
     * Every number of steps below 1000 at once. The checksums are those of diffusers 0.42.1, for the classes DDIM,
     * Euler and DPM-Solver:
     *
     * <pre>
     * crc = 0
     * for n in range(1, 1000):
     *     if spacing == "trailing" and len(np.arange(1000, 0, -1000 / n)) != n: continue   # diffusers adds timestep -1
     *     s = CLASS.from_config({**SD15, "timestep_spacing": spacing}); s.set_timesteps(n)
     *     if s.timesteps.max() &lt; 1000: crc = zlib.crc32(s.timesteps.double().numpy().tobytes(), crc)
     * </pre>
     */
    @ParameterizedTest
    @MethodSource("checksums")
    void hasTheTimestepsOfDiffusersForEveryNumberOfSteps(
            Family family, TimestepSpacing spacing, int numbers, long checksum) {
        TimestepGrid grid = new TimestepGrid(spacing, 1000, 1);
        CRC32 crc = new CRC32();
        int counted = 0;
        for (int steps = 1; steps < 1000; steps++) {
            boolean oneTooMany = spacing == TimestepSpacing.TRAILING && Math.ceil(1000 / (1000.0 / steps)) != steps;
            boolean beyond = family == Family.WITHOUT_LAST && spacing == TimestepSpacing.LEADING && steps == 999;
            if (!oneTooMany && !beyond) {
                ByteBuffer bytes = ByteBuffer.allocate(8 * steps).order(ByteOrder.LITTLE_ENDIAN);
                Arrays.stream(family.timesteps(grid, steps)).forEach(bytes::putDouble);
                crc.update(bytes.array());
                counted++;
            }
        }
        assertThat(counted).isEqualTo(numbers);
        assertThat(crc.getValue()).isEqualTo(checksum);
    }

    /** diffusers has 62 here, the last of them -1. */
    @Test
    void hasNoTimestepTooMany() {
        int[] timesteps = new TimestepGrid(TimestepSpacing.TRAILING, 1000, 0).whole(61);
        assertThat(timesteps).hasSize(61).startsWith(999, 983).endsWith(32, 15);
    }

    /** Constants of the literature: Stable Diffusion's DDIM, DPM-Solver++ with 20 steps. */
    @Test
    void hasTheWellKnownGrids() {
        TimestepGrid leading = new TimestepGrid(TimestepSpacing.LEADING, 1000, 1);
        TimestepGrid linspace = new TimestepGrid(TimestepSpacing.LINSPACE, 1000, 1);
        assertThat(leading.whole(50)).startsWith(981, 961, 941).endsWith(21, 1);
        assertThat(linspace.withoutLast(20))
                .containsExactly(
                        999, 949, 899, 849, 799, 749, 699, 649, 599, 549, 500, 450, 400, 350, 300, 250, 200, 150, 100,
                        50);
        assertThat(leading.withoutLast(20)).startsWith(941, 894).endsWith(48);
    }

    @ParameterizedTest
    @EnumSource
    void refusesNumbersOfStepsThatCannotBe(TimestepSpacing spacing) {
        TimestepGrid grid = new TimestepGrid(spacing, 1000, 1);
        for (int[] wrong : new int[][] {{0, 0}, {-1, 0}, {1001, 0}, {10, 10}, {10, -1}}) {
            assertThatThrownBy(() -> grid.checkSteps(wrong[0], wrong[1]))
                    .hasMessage(
                            "%d steps of which %d are skipped; from 1 to 1000 steps are possible, and one must be left"
                                    .formatted(wrong[0], wrong[1]));
        }
        assertThat(grid.checkSteps(1, 0)).isSameAs(grid);
        assertThat(grid.checkSteps(1000, 999)).isSameAs(grid);
    }

    @Test
    void refusesTimestepsBeyondTheSchedule() {
        TimestepGrid grid = new TimestepGrid(TimestepSpacing.LEADING, 1000, 1);
        assertThatThrownBy(() -> grid.whole(1000))
                .hasMessage("1000 steps of leading spacing with steps_offset 1 go from timestep 1000 to 1, the schedule"
                        + " from 999 to 0; take fewer steps");
        TimestepGrid negative = new TimestepGrid(TimestepSpacing.LEADING, 1000, -1);
        assertThatThrownBy(() -> negative.fractional(10)).hasMessageContaining("to -1,");
    }
}
