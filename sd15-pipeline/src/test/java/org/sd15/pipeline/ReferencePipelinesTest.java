package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.largestDifference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Execution;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.PredictionType;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.testing.Fixture;

/**
 * Whole pipelines against diffusers 0.42.1 on a small trained model: the same seed gives the same picture. Rounding alone
 * moves diffusers' own latents by about 1e-5.
 */
class ReferencePipelinesTest {

    private static final double LATENTS = 2e-3;
    private static final double PICTURE = 5e-4;

    private static StableDiffusion model;
    private static StableDiffusion plain;

    @BeforeAll
    static void load() throws IOException {
        model = StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"), FusedExecution.create());
        plain = StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"), Execution.NATIVE);
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
        plain.close();
    }

    static Stream<String> cases() throws IOException {
        List<String> names = new ArrayList<>();
        json().fieldNames().forEachRemaining(names::add);
        names.remove("ddim_inversion");
        return names.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theSameSeedGivesThePictureOfDiffusers(String name) throws IOException {
        compare(model, name);
    }

    /** The plain ND4J operations, which run on every backend: slower, so one case a scheduler. */
    @ParameterizedTest
    @ValueSource(strings = {"txt2img_ddim", "txt2img_pndm", "txt2img_euler_neg", "txt2img_dpmpp_2m_karras"})
    void soDoesTheNativeFormulation(String name) throws IOException {
        compare(plain, name);
    }

    private static void compare(StableDiffusion drawing, String name) throws IOException {
        JsonNode facts = json().get(name);
        Fixture file = Fixture.of("sd15-pipeline", "pipelines/" + name);
        Denoising run = drawing.generate(request(facts, file));
        assertThat(largestDifference(run.start(), file.get("latents_start")))
                .as("start")
                .isLessThan(1e-5);
        INDArray latents = run.finish();
        assertThat(largestDifference(latents, file.get("latents_final")))
                .as("latents")
                .isLessThan(LATENTS);
        INDArray error = drawing.decode(latents).sub(file.get("image"));
        assertThat(error.amean().getDouble(0)).as("picture").isLessThan(PICTURE);
    }

    private static GenerationRequest request(JsonNode facts, Fixture file) {
        GenerationRequestBuilder request = GenerationRequest.of(texts(facts.get("prompt")))
                .negative(texts(facts.path("negative_prompt")))
                .count(facts.path("num_images_per_prompt").asInt(1))
                .steps(facts.get("num_inference_steps").asInt())
                .guidance(facts.get("guidance_scale").asDouble())
                .guidanceRescale(facts.path("guidance_rescale").asDouble(0))
                .clipSkip(facts.path("clip_skip").asInt(0))
                .scheduler(scheduler(facts));
        JsonNode seed = facts.get("seed");
        request = seed.isArray()
                ? request.seeds(seed.get(0).asLong(), seed.get(1).asLong())
                : request.seeds(seed.asLong());
        if (facts.has("strength")) {
            INDArray mask = file.has("mask_in") ? file.get("mask_in") : null;
            return request.source(new Source(
                            file.get("image_in"), facts.get("strength").asDouble(), mask))
                    .build();
        }
        return facts.has("width")
                ? request.size(facts.get("width").asInt(), facts.get("height").asInt())
                        .build()
                : request.build();
    }

    private static Scheduler scheduler(JsonNode facts) {
        String[] classAndArguments = facts.get("scheduler").asText().split(",", 2);
        String arguments = classAndArguments.length > 1 ? classAndArguments[1] : "";
        SchedulerConfig config = model.components().schedulerConfig();
        if (arguments.contains("use_karras_sigmas=True")) {
            config = config.toBuilder().useKarrasSigmas(true).build();
        }
        if (arguments.contains("v_prediction")) {
            config = config.toBuilder()
                    .predictionType(PredictionType.V_PREDICTION)
                    .build();
        }
        return facts.has("eta")
                ? new DdimScheduler(config, facts.get("eta").asDouble())
                : Schedulers.byClassName(classAndArguments[0], config);
    }

    private static String[] texts(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return new String[0];
        }
        List<String> texts = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(text -> texts.add(text.asText()));
        } else {
            texts.add(node.asText());
        }
        return texts.toArray(String[]::new);
    }

    private static JsonNode json() throws IOException {
        return new ObjectMapper()
                .readTree(Fixture.resource("sd15-pipeline", "pipelines/pipelines.json")
                        .toFile())
                .get("cases");
    }
}
