package org.sd15.pipeline.edit.ledits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.largestDifference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Execution;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionSchedule;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.NoiseMapInverter.LastNoise;
import org.sd15.pipeline.mask.MaskKind;
import org.sd15.pipeline.words.Conformance;
import org.sd15.testing.Fixture;

/**
 * LEDITS++ as diffusers 0.42.1 does it, on a small trained model: the picture and the seed in, the latents out. The recipe
 * is {@code tools/reference/make_pipeline.py}. Masks are compared before latents: one pixel that jumps moves them all.
 */
class LeditsReferenceTest {

    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "pipelines/ledits");
    private static final int STEPS = 20;

    private static final double BOUND = 1e-4;

    /**
     * Two concepts with noise masks amplify rounding most. Fused, this case is edited from the inversion that diffusers
     * recorded, which our own is compared with apart; native, from the picture to the end.
     */
    private static final String AMPLIFYING = "ledits_two_noise_mask";

    private static final Map<String, Inversion> INVERSIONS = new HashMap<>();

    private static StableDiffusion model;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
    }

    @AfterAll
    static void close() throws Exception {
        INVERSIONS.clear();
        model.close();
    }

    static List<String> cases() throws IOException {
        List<String> names = new ArrayList<>();
        json().fieldNames().forEachRemaining(names::add);
        assertThat(names).hasSize(10);
        return names;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theSameSeedGivesTheLatentsOfDiffusers(String name) throws IOException {
        requireLatents(model, name, name.equals(AMPLIFYING));
    }

    /** From the picture to the end in the formulation whose kernels depend least on the processor. */
    @Test
    void soDoesTheCaseThatAmplifiesRoundingOfItsOwnInversionToo() throws Exception {
        INVERSIONS.clear();
        try (StableDiffusion plain =
                StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"), Execution.NATIVE)) {
            requireLatents(plain, AMPLIFYING, false);
        } finally {
            INVERSIONS.clear();
        }
    }

    /** Given are the noise maps and the start that diffusers recorded; else they are those of our own inversion. */
    private static void requireLatents(StableDiffusion model, String name, boolean given) throws IOException {
        JsonNode facts = json().get(name);
        String kind = name.startsWith("ledits_ddim") ? "ddim" : name.endsWith("source_prompt") ? "source" : "plain";
        Inversion own = INVERSIONS.computeIfAbsent(kind, key -> invert(model, key, facts));
        Inversion inversion = given ? recorded(own, kind) : own;
        TokenCount tokens = facts.get("edit_tokens").asText().equals("true") ? TokenCount.WORDS : TokenCount.PADDED;
        LeditsRequest request = LeditsRequest.of(inversion, concepts(facts))
                .conforming(Conformance.REFERENCE, tokens)
                .known(new org.sd15.pipeline.inversion.Reconstruction(99, 99, 0));
        LeditsEditing editing = model.ledits(request);
        INDArray steps = REFERENCE.get(name + ".latents_steps");
        editing.run().forEachRemaining(step -> {
            if (REFERENCE.has(name + ".masks")) {
                INDArray expected =
                        REFERENCE.get(name + ".masks", DataType.FLOAT).slice(step.index());
                assertThat(largestDifference(editing.masks(step.index()), expected))
                        .as("masks of step %d", step.index())
                        .isZero();
            }
            if (step.index() % 5 == 4) {
                assertThat(largestDifference(step.latents(), steps.slice(step.index() / 5)))
                        .as("latents after step %d", step.index())
                        .isLessThan(BOUND);
            }
        });
    }

    private static Inversion invert(StableDiffusion model, String kind, JsonNode facts) {
        String prompt = facts.get("invert").get("source_prompt").asText();
        double skip = facts.get("invert").get("skip").asDouble();
        double guidance = kind.equals("source") ? 3.5 : 0;
        int total = (int) (STEPS * (1 + skip));
        NoiseMapInverter inverter = kind.equals("ddim")
                ? new NoiseMapInverter(
                        steps -> new InversionSchedule.Ddim(total, total - steps, 1, Conformance.REFERENCE),
                        0,
                        LastNoise.KEPT)
                : NoiseMapInverter.leditsPlusPlus(skip, guidance, Conformance.REFERENCE);
        var sampling = RunSettings.DEFAULT.steps(STEPS).guidance(1);
        Inversion inversion = model.invert(inverter, REFERENCE.get("image_in"), List.of(prompt), sampling);
        INDArray zs = REFERENCE.get(kind + ".zs");
        assertThat(largestDifference(inversion.level(0), REFERENCE.get("z0"))).isLessThan(1e-5);
        assertThat(largestDifference(inversion.level(STEPS), REFERENCE.get(kind + ".init_latents")))
                .isLessThan(1e-5);
        assertThat(largestDifference(Nd4j.stack(0, inversion.noiseMaps().toArray(INDArray[]::new)), zs))
                .isLessThan(1e-4);
        return inversion;
    }

    private static Inversion recorded(Inversion own, String kind) {
        INDArray zs = REFERENCE.get(kind + ".zs");
        List<INDArray> maps = IntStream.range(0, STEPS).mapToObj(zs::slice).toList();
        List<INDArray> levels = new ArrayList<>(own.trajectory());
        levels.set(STEPS, REFERENCE.get(kind + ".init_latents"));
        return new Inversion(own.schedule(), own.source(), levels, maps, List.of());
    }

    private static Concept[] concepts(JsonNode facts) {
        List<Concept> concepts = new ArrayList<>();
        JsonNode prompts = facts.get("editing_prompt");
        MaskKind mask = facts.path("use_intersect_mask").asBoolean(true)
                ? MaskKind.BOTH
                : facts.path("use_cross_attn_mask").asBoolean(false) ? MaskKind.ATTENTION : MaskKind.NOISE;
        for (int i = 0; i < prompts.size(); i++) {
            Concept concept = facts.path("reverse_editing_direction").path(i).asBoolean(false)
                    ? Concept.remove(prompts.get(i).asText())
                    : Concept.add(prompts.get(i).asText());
            concepts.add(concept.mask(mask)
                    .guidance(each(facts.get("edit_guidance_scale"), i))
                    .threshold(each(facts.get("edit_threshold"), i))
                    .steps(
                            facts.path("edit_warmup_steps").path(i).asInt(0),
                            facts.path("edit_cooldown_steps").path(i).asInt(Integer.MAX_VALUE)));
        }
        return concepts.toArray(Concept[]::new);
    }

    private static double each(JsonNode value, int i) {
        return value.isArray() ? value.get(i).asDouble() : value.asDouble();
    }

    private static JsonNode json() throws IOException {
        return new ObjectMapper()
                .readTree(Fixture.resource("sd15-pipeline", "pipelines/ledits.json")
                        .toFile());
    }
}
