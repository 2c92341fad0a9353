package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.importer.config.ConfigReader;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.testing.Fixture;

/**
 * Every class of schedulers, as diffusers 0.42.1 saves it with its own defaults and from PNDM's configuration, loaded here:
 * eight guided steps of a small trained model against the same pipeline there; made by
 * tools/reference/saved_schedulers.py.
 *
 * <p>The schedulers compute what diffusers' do to 2e-5 (see SavedSchedulersTest), and the UNet is as near to double precision
 * as torch's (see UNetRoundingTest); guidance multiplies what is left by ten, and a solver by ratios of noise levels: KDPM2
 * ancestral, which goes all the way with the slope at the next level, by some 500 over a run. Of the seeds 0 to 3 one is left
 * out, of KDPM2 from PNDM's configuration: from it diffusers' own single precision ends 5.6e-3 from its double precision
 * (and 4.1e-3 from what is drawn here).
 */
class SavedSchedulersDrawTest {

    private static final double LATENTS = 2e-3;

    /** Every fourth value is recorded. */
    private static final int STRIDE = 4;

    private static StableDiffusion model;
    private static JsonNode latents;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() throws IOException {
        model = StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"), FusedExecution.create());
        latents = json("latents.json");
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    static Stream<Map.Entry<String, JsonNode>> saved() throws IOException {
        return json("saved.json").properties().stream();
    }

    @ParameterizedTest
    @MethodSource("saved")
    void eightStepsDrawWhatDiffusersDraws(Map.Entry<String, JsonNode> run) throws IOException {
        assertDraws(run.getValue().get("config").asText(), 6, run.getKey(), latents.get(run.getKey()));
    }

    static Stream<Map.Entry<String, JsonNode>> seeds() throws IOException {
        return json("seeds.json").properties().stream();
    }

    /** Those that multiply rounding most, and SDE, whose noise depends on the last place of a time; see BrownianTimes. */
    @ParameterizedTest
    @MethodSource("seeds")
    void drawsWhatDiffusersDrawsFromWhicheverSeed(Map.Entry<String, JsonNode> run) throws IOException {
        int dash = run.getKey().lastIndexOf('-');
        String config = json("saved.json")
                .get(run.getKey().substring(0, dash))
                .get("config")
                .asText();
        assertDraws(config, Long.parseLong(run.getKey().substring(dash + 1)), run.getKey(), run.getValue());
    }

    private void assertDraws(String config, long seed, String name, JsonNode theirs) throws IOException {
        Path file = Files.writeString(folder.resolve("scheduler_config.json"), config);
        Scheduler scheduler = ModelConfigs.scheduler(ConfigReader.read(file));
        int side = model.components().pictureSize() / 2;
        GenerationRequest request = GenerationRequest.of("a red circle")
                .scheduler(scheduler)
                .steps(8)
                .seed(seed)
                .size(side, side)
                .build();
        double[] ours = model.generate(request).finish().data().asDouble();
        assertThat(theirs).hasSize(ours.length / STRIDE);
        for (int i = 0; i < theirs.size(); i++) {
            assertThat(ours[i * STRIDE]).as(name).isCloseTo(theirs.get(i).asDouble(), within(LATENTS));
        }
    }

    private static JsonNode json(String name) throws IOException {
        Path file = Path.of(
                System.getProperty("sd15.root"), "sd15-pipeline/src/test/resources/reference/schedulers-saved", name);
        return new ObjectMapper().readTree(file.toFile());
    }
}
