package org.sd15.pipeline.denoise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.random.BrownianTree;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.BrownianNoise;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.pipeline.schedule.SigmaSpread;
import org.sd15.pipeline.schedule.StochasticSettings;

/** The noise of DPM-Solver SDE against diffusers with torchsde, as tools/reference/scheduler_runs.py recorded it. */
class BrownianSourceTest {

    static Stream<JsonNode> runs() throws IOException {
        Path file = Path.of(
                System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/scheduler-runs/runs.json");
        return StreamSupport.stream(new ObjectMapper().readTree(file.toFile()).spliterator(), false)
                .filter(run -> run.get("cls").asText().equals("DPMSolverSDEScheduler"));
    }

    /**
     * Equal but for the rounding of the sums, as the times are those of diffusers to the sixth decimal; see BrownianTimes.
     */
    @ParameterizedTest
    @MethodSource("runs")
    void drawsTheNoiseOfDiffusers(JsonNode run) {
        JsonNode over = run.get("over");
        BrownianSource source = new BrownianSource(noise(over), PictureRandom.of(List.of(1L), 1));
        for (int draw = 0; draw < run.get("noise").size(); draw++) {
            float[] drawn = source.draw(draw, 1, 4, 1, 2).data().asFloat();
            for (int i = 0; i < drawn.length; i++) {
                double expected = run.get("noise").get(draw).get(i).asDouble();
                assertThat((double) drawn[i]).isCloseTo(expected, within(1.2e-6));
            }
        }
    }

    private static BrownianNoise noise(JsonNode over) {
        boolean exponential = over.has("use_exponential_sigmas");
        boolean beta = over.has("use_beta_sigmas");
        SchedulerConfig config = SchedulerConfig.sd15().toBuilder()
                .useKarrasSigmas(over.has("use_karras_sigmas"))
                .sigmaSpread(exponential ? SigmaSpread.EXPONENTIAL : beta ? SigmaSpread.BETA : null)
                .timestepSpacing(over.has("timestep_spacing") ? TimestepSpacing.LEADING : null)
                .stochastic(new StochasticSettings(null, null, null, 5L))
                .build();
        return Schedulers.byName("dpm++sde", config).sampler(10).brownianNoise();
    }

    /** As diffusers seeds the tree: with the next number of the generator, after the latents were drawn. */
    @Test
    void takesItsSeedFromTheGenerator() {
        BrownianNoise noise = new BrownianNoise(null, 0.5, 8, List.of(8.0, 4.0, 0.5));
        PictureRandom random = PictureRandom.of(List.of(7L), 1);
        random.randn(1, 4, 8, 8);
        INDArray drawn = new BrownianSource(noise, random).draw(1, 1, 4, 8, 8);
        TorchRandom generator = new TorchRandom(7);
        generator.randn(1, 4, 8, 8);
        BrownianTree tree = new BrownianTree(generator.randint(0, Long.MAX_VALUE, 1)[0], 0.5, 8, 1, 4, 8, 8);
        assertThat(drawn).isEqualTo(tree.increment(0.5, 4).divi(-(float) Math.sqrt(3.5)));
    }

    /** A picture of a batch is the picture of its seed alone. */
    @Test
    void everySeedHasAMotionOfItsOwn() {
        BrownianNoise noise = new BrownianNoise(null, 0.5, 8, List.of(8.0, 4.0, 0.5));
        INDArray both = new BrownianSource(noise, PictureRandom.of(List.of(7L, 8L), 2)).draw(0, 2, 4, 8, 8);
        for (int picture = 0; picture < 2; picture++) {
            INDArray alone = new BrownianSource(noise, PictureRandom.of(List.of(7L + picture), 1)).draw(0, 1, 4, 8, 8);
            assertThat(both.get(NDArrayIndex.interval(picture, picture + 1))).isEqualTo(alone);
        }
    }
}
