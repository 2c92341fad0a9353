package org.sd15.pipeline.edit.ledits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.mask.MaskKind;
import org.sd15.pipeline.words.Conformance;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** LEDITS++ on the small trained model: what holds for any weights. */
class LeditsTest {

    private static final String PROMPT = "a large orange square on a white background";
    private static final Concept BLUE =
            Concept.add("a large blue circle").guidance(6).threshold(0.8);
    private static final int STEPS = 6;

    private static StableDiffusion model;
    private static INDArray pictures;
    private static Inversion one;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
        INDArray picture = Fixture.of("sd15-pipeline", "pipelines/ledits").get("image_in");
        pictures = Nd4j.concat(0, picture, picture.rsub(1));
        one = invert(NoiseMapInverter.leditsPlusPlus(0.1, 0, Conformance.CORRECTED), 0, 1);
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    /** LE-1 and LE-10; RealPictureTest has the other numbers of steps. */
    @Test
    void withoutConceptsThePictureComesBackStepByStep() {
        LeditsEditing editing = model.ledits(LeditsRequest.of(one));
        editing.run()
                .forEachRemaining(step -> assertThat(
                                largestDifference(step.latents(), one.level(STEPS - 1 - step.index())))
                        .as("step %d", step.index())
                        .isLessThan(1e-5));
        assertThat(editing.reconstruction().largestLatentDifference()).isLessThan(1e-5);
        assertThat(editing.reconstruction().isBad()).isFalse();
    }

    /** LE-2 and LE-3. */
    @Test
    void aConceptWithoutGuidanceOrWithoutAMaskChangesNothing() {
        INDArray unguided = draw(one, BLUE.guidance(0));
        assertThat(largestDifference(unguided, one.level(0))).isLessThan(1e-5);
        INDArray nowhere = Nd4j.zeros(DataType.FLOAT, 1, 1, 16, 16);
        assertSameBits("threshold above 1", draw(one, BLUE.threshold(1.01)), unguided);
        assertSameBits("user mask of zeros", draw(one, BLUE.within(nowhere)), unguided);
        assertSameBits("never in its steps", draw(one, BLUE.steps(3, 3)), unguided);
        assertThat(largestDifference(draw(one, BLUE), unguided)).isGreaterThan(1);
    }

    /** LE-4. */
    @ParameterizedTest
    @EnumSource(MaskKind.class)
    void twoEqualConceptsAreOneOfTwiceTheGuidance(MaskKind mask) {
        Concept concept = BLUE.mask(mask).guidance(3);
        INDArray twice = draw(one, concept, concept);
        assertThat(largestDifference(twice, draw(one, concept.guidance(6)))).isLessThan(1e-3);
    }

    /** LE-5. */
    @Test
    void addingAndRemovingTheSameCancels() {
        Concept away = Concept.remove(BLUE.prompt()).guidance(6).threshold(0.8);
        assertSameBits("both", draw(one, BLUE, away), draw(one, BLUE.guidance(0), away.guidance(0)));
    }

    /** LE-8: diffusers mixes the heads of different pictures. */
    @Test
    void severalPicturesAreEditedAsIfEachWereAlone() {
        INDArray left = Nd4j.zeros(DataType.FLOAT, 2, 1, 16, 16);
        left.get(NDArrayIndex.point(0), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, 9))
                .assign(1);
        left.get(NDArrayIndex.point(1), NDArrayIndex.all(), NDArrayIndex.interval(5, 16))
                .assign(1);
        Inversion both = invert(NoiseMapInverter.leditsPlusPlus(0.1, 3.5, Conformance.CORRECTED), 0, 2);
        Concept white = Concept.remove("a white background").threshold(0.7).steps(1, 5);
        LeditsEditing together = model.ledits(known(LeditsRequest.of(both, BLUE.within(left), white)));
        INDArray latents = together.run().finish();
        for (int i = 0; i < 2; i++) {
            INDArray own = left.get(NDArrayIndex.interval(i, i + 1));
            LeditsEditing alone = model.ledits(known(LeditsRequest.of(both.picture(i), BLUE.within(own), white)));
            assertClose("picture " + i, latents.slice(i), alone.run().finish().slice(0), 1e-5);
            assertSameBits(
                    "masks",
                    together.everMasked()
                            .get(NDArrayIndex.all(), NDArrayIndex.point(i))
                            .dup('c'),
                    alone.everMasked()
                            .get(NDArrayIndex.all(), NDArrayIndex.point(0))
                            .dup('c'));
        }
        assertThat(largestDifference(latents.slice(0), both.level(0).slice(0))).isGreaterThan(1);
    }

    /** LE-9, and each mask where it belongs. */
    @Test
    void theMaskOfBothIsThatOfAttentionAtFirstAndLimitsTheChange() {
        LeditsEditing both = model.ledits(known(LeditsRequest.of(one, BLUE)));
        LeditsEditing attention = model.ledits(known(LeditsRequest.of(one, BLUE.mask(MaskKind.ATTENTION))));
        both.run().next();
        attention.run().next();
        assertSameBits("above timestep 800", both.masks(0), attention.masks(0));
        INDArray latents = both.run().finish();
        double most = 0;
        for (int step = 0; step < STEPS; step++) {
            double share = both.masks(step).meanNumber().doubleValue();
            most = Math.max(most, share);
            assertThat(share).isLessThanOrEqualTo(0.21);
        }
        assertThat(most).isPositive();
        INDArray ever = both.everMasked().slice(0).slice(0).reshape(1, 16, 16);
        INDArray change = Transforms.abs(latents.sub(one.level(0)).slice(0), true);
        double inside =
                change.mul(ever).sumNumber().doubleValue() / ever.sumNumber().doubleValue();
        double outside = change.mul(ever.rsub(1)).sumNumber().doubleValue()
                / ever.rsub(1).sumNumber().doubleValue();
        assertThat(inside).isGreaterThan(5 * outside);
    }

    @Test
    void theSourcesGuidanceIsKeptUnlessDiffusersIsFollowed() {
        Inversion guided = invert(NoiseMapInverter.leditsPlusPlus(0.1, 3.5, Conformance.CORRECTED), 0, 1);
        assertThat(largestDifference(draw(guided), guided.level(0))).isLessThan(1e-4);
        LeditsRequest compatible = LeditsRequest.of(guided)
                .conforming(Conformance.REFERENCE, org.sd15.pipeline.edit.ledits.TokenCount.WORDS);
        assertThat(model.ledits(compatible).reconstruction().largestLatentDifference())
                .isGreaterThan(0.1);
    }

    @Test
    void editFriendlyInversionsAreEditedAsWell() {
        Inversion inversion = invert(NoiseMapInverter.editFriendly(1, 1, Conformance.CORRECTED), 0, 1);
        assertThat(largestDifference(draw(inversion), inversion.level(0))).isLessThan(1e-4);
        assertThat(largestDifference(draw(inversion, BLUE), inversion.level(0))).isGreaterThan(1);
    }

    @Test
    void saysWhatDoesNotFit() {
        Inversion ddim = invert(new DdimInverter(), 0, 1);
        assertThatThrownBy(() -> LeditsRequest.of(ddim, BLUE)).hasMessageContaining("noise maps");
        INDArray mask = Rule.input("mask", DataType.FLOAT, 3, 1, 16, 16);
        assertThatThrownBy(() -> LeditsRequest.of(one, BLUE.within(mask)))
                .hasMessageContaining("is [3, 1, 16, 16], must be [1 or 1, 1, 16, 16]");
        LeditsEditing editing = model.ledits(known(LeditsRequest.of(one, BLUE)));
        assertThatThrownBy(() -> editing.masks(0)).hasMessageContaining("step 0 has not been done");
    }

    private static INDArray draw(Inversion inversion, Concept... concepts) {
        return model.ledits(known(LeditsRequest.of(inversion, concepts))).run().finish();
    }

    private static LeditsRequest known(LeditsRequest request) {
        return request.known(new org.sd15.pipeline.inversion.Reconstruction(99, 99, 0));
    }

    private static Inversion invert(Inverter inverter, int from, int to) {
        List<String> prompts = List.of(PROMPT, "a large blue square on a black background");
        var sampling = RunSettings.DEFAULT.steps(STEPS).guidance(1);
        return model.invert(
                inverter, pictures.get(NDArrayIndex.interval(from, to)).dup('c'), prompts.subList(from, to), sampling);
    }
}
