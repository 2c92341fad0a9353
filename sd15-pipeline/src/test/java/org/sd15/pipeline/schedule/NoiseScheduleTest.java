package org.sd15.pipeline.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.random.TorchRandom;

class NoiseScheduleTest {

    private static final SchedulerConfig SD15 = SchedulerConfig.sd15();

    static Stream<Arguments> tables() {
        return Stream.of(
                Arguments.of(SD15, 1000, 4_171_003_609L),
                Arguments.of(SchedulerConfig.builder().build(), 1000, 3_466_789_573L),
                Arguments.of(
                        SD15.toBuilder()
                                .betaSchedule(BetaSchedule.SQUAREDCOS_CAP_V2)
                                .build(),
                        1000,
                        3_950_971_038L),
                Arguments.of(SD15.toBuilder().numTrainTimesteps(7).build(), 7, 2_589_484_471L));
    }

    /**
     * The table of PyTorch 2.15, bit for bit: {@code zlib.crc32(DDIMScheduler.from_config(CONFIG).alphas_cumprod
     * .numpy().tobytes())}. The second is diffusers' default, linear from 0.0001 to 0.02.
     */
    @ParameterizedTest
    @MethodSource("tables")
    void hasTheTableOfDiffusers(SchedulerConfig config, int timesteps, long crc) {
        NoiseSchedule schedule = new DdimScheduler(config).noiseSchedule();
        ByteBuffer bytes = ByteBuffer.allocate(4 * timesteps).order(ByteOrder.LITTLE_ENDIAN);
        for (int t = 0; t < timesteps; t++) {
            bytes.putFloat((float) schedule.alphaCumprod(t));
        }
        CRC32 checksum = new CRC32();
        checksum.update(bytes.array());
        assertThat(checksum.getValue()).isEqualTo(crc);
        assertThat(schedule.timesteps()).isEqualTo(timesteps);
    }

    /** The same products in double precision; betas in single precision lead 2.2e-7 away. */
    @ParameterizedTest
    @CsvSource({
        "0, 0.999150000",
        "1, 0.998296028",
        "19, 0.982243991",
        "20, 0.981314362",
        "21, 0.980380748",
        "41, 0.960872788",
        "500, 0.276332684",
        "801, 0.036546525",
        "961, 0.007281727",
        "981, 0.005775500",
        "999, 0.004660099"
    })
    void hasTheSignalOfStableDiffusion(int timestep, double alphaCumprod) {
        assertThat(new DdimScheduler(SD15).noiseSchedule().alphaCumprod(timestep))
                .isCloseTo(alphaCumprod, within(3e-7));
    }

    @Test
    void tellsALevelInEveryForm() {
        NoiseLevel level = new DdimScheduler(SD15).noiseSchedule().level(999);
        assertThat(level.ratio()).isCloseTo(14.614641, within(1e-5));
        assertThat(level.lambda()).isCloseTo(-Math.log(level.ratio()), within(1e-14));
        assertThat(level.snr()).isCloseTo(Math.exp(2 * level.lambda()), within(1e-14));
        assertThat(level.alpha() * level.alpha() + level.sigma() * level.sigma())
                .isCloseTo(1, within(1e-15));
        NoiseLevel same = NoiseLevel.ofRatio(level.ratio());
        assertThat(same.alpha()).isCloseTo(level.alpha(), within(1e-15));
        assertThat(same.sigma()).isCloseTo(level.sigma(), within(1e-15));
        assertThat(new NoiseLevel(1, 0).lambda()).isInfinite();
    }

    /** diffusers' table at 0, 500, 998 and 999; the square root of its MKL is not rounded as Java's. */
    @Test
    void isRescaledToEndInPureNoise() {
        SchedulerConfig config = SD15.toBuilder().rescaleBetasZeroSnr(true).build();
        NoiseSchedule schedule = new DdimScheduler(config).noiseSchedule();
        assertThat(schedule.alphaCumprod(0)).isCloseTo(0.99914998, within(1e-7));
        assertThat(schedule.alphaCumprod(500)).isCloseTo(0.241018638, within(2e-7));
        assertThat(schedule.alphaCumprod(998)).isCloseTo(1.96796336e-7, within(1e-10));
        assertThat(schedule.alphaCumprod(999)).isZero();
        assertThat(new EulerDiscreteScheduler(config).noiseSchedule().alphaCumprod(999))
                .isEqualTo(0x1p-24);
        assertThat(new EulerDiscreteScheduler(config).sampler(10).level(0).ratio())
                .isCloseTo(4096, within(1e-3));
    }

    @Test
    void takesBetasThatAreGiven() {
        SchedulerConfig config =
                SchedulerConfig.builder().trainedBetas(List.of(0.5, 0.25)).build();
        NoiseSchedule schedule = new DdimScheduler(config).noiseSchedule();
        assertThat(schedule.timesteps()).isEqualTo(2);
        assertThat(schedule.alphaCumprod(0)).isEqualTo(0.5);
        assertThat(schedule.alphaCumprod(1)).isEqualTo(0.375);
    }

    /** One timestep per row, as a training batch has it. */
    @Test
    void noisesEveryRowAtItsTimestep() {
        TorchRandom random = new TorchRandom(3);
        INDArray clean = random.randn(DataType.DOUBLE, 3, 4, 2, 2);
        INDArray noise = random.randn(DataType.DOUBLE, 3, 4, 2, 2);
        NoiseSchedule schedule = new DdpmScheduler(SD15).noiseSchedule();
        int[] timesteps = {0, 500, 999};

        INDArray noised = schedule.addNoise(clean, noise, timesteps);
        INDArray velocity = schedule.velocity(clean, noise, timesteps);
        for (int row = 0; row < 3; row++) {
            NoiseLevel level = schedule.level(timesteps[row]);
            for (int i = 0; i < 16; i++) {
                double x = clean.slice(row).getDouble(i);
                double z = noise.slice(row).getDouble(i);
                assertThat(noised.slice(row).getDouble(i))
                        .isCloseTo(level.alpha() * x + level.sigma() * z, within(1e-14));
                assertThat(velocity.slice(row).getDouble(i))
                        .isCloseTo(level.alpha() * z - level.sigma() * x, within(1e-14));
            }
        }
        assertThat(schedule.addNoise(clean, noise, 500).slice(1).dup())
                .isEqualTo(noised.slice(1).dup());
    }

    @Test
    void refusesTimestepsThatDoNotFit() {
        NoiseSchedule schedule = new DdpmScheduler(SD15).noiseSchedule();
        INDArray rows = Nd4j.ones(DataType.FLOAT, 3, 4, 2, 2);
        assertThatThrownBy(() -> schedule.addNoise(rows, rows, 1, 2))
                .hasMessage("2 timesteps for 3 rows; one per row or a single one is expected");
        assertThatThrownBy(() -> schedule.level(1000))
                .hasMessage("timestep 1000 is not one of the schedule's, 0 to 999");
        assertThatThrownBy(() -> schedule.level(-1)).hasMessageContaining("timestep -1");
    }

    @Test
    void refusesBetasOutsideOfTheUnitInterval() {
        assertThatThrownBy(() -> SD15.toBuilder().betaStart(-0.1).build())
                .hasMessage("beta_start is -0.1, must be from 0 to 1");
        SchedulerConfig zero = SD15.toBuilder()
                .betaStart(0.0)
                .betaSchedule(BetaSchedule.LINEAR)
                .build();
        assertThatThrownBy(() -> new DdimScheduler(zero).sampler(10))
                .hasMessage("beta is 0.0 at timestep 0; every beta lies between 0 and 1");
        SchedulerConfig one = SchedulerConfig.builder()
                .trainedBetas(Collections.nCopies(10, 1.0))
                .build();
        assertThatThrownBy(() -> new DdimScheduler(one).sampler(5)).hasMessageStartingWith("beta is 1.0 at timestep 0");
    }
}
