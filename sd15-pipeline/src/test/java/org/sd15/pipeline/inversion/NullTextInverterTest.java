package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.testing.DifferenceQuotient;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

class NullTextInverterTest {

    /** NTI-1. */
    @Test
    void withoutGuidanceTheEmptyTextStaysAsItIs() {
        InversionInputs inputs = Toy.inputs(4, 1);
        Inversion inversion = new NullTextInverter(1).invert(inputs);
        assertThat(inversion.nullTexts())
                .hasSize(4)
                .allSatisfy(text -> assertSameBits("text", text, inputs.unconditional()));
    }

    /** NTI-2. */
    @Test
    void everyStepEndsNearerToTheWayThanItBegan() {
        InversionInputs inputs = Toy.inputs(5, 1);
        Inversion inversion = new NullTextInverter(3, 10, 1e-2, 0, 0).invert(inputs);
        Sampler sampler = new DdimScheduler(inputs.config()).sampler(5);
        INDArray latents = inversion.level(5);
        for (int call = 0; call < 5; call++) {
            NullTextStep step = step(inputs, sampler, call, latents, inversion.level(4 - call), 3);
            INDArray before =
                    call == 0 ? inputs.unconditional() : inversion.nullTexts().get(call - 1);
            INDArray after = inversion.nullTexts().get(call);
            assertThat(step.loss(after).value()).isLessThan(step.loss(before).value());
            latents = step.next(after);
        }
    }

    /** NTI-4. */
    @Test
    void withoutInnerStepsItIsPlainGuidance() {
        InversionInputs inputs = Toy.inputs(4, 1);
        Inversion inversion = new NullTextInverter(7.5, 0, 1e-2, 1e-5, 2e-5).invert(inputs);
        assertThat(inversion.nullTexts()).allSatisfy(text -> assertSameBits("text", text, inputs.unconditional()));
        for (int level = 0; level <= 4; level++) {
            assertSameBits(
                    "level",
                    inversion.level(level),
                    new DdimInverter().invert(inputs).level(level));
        }
    }

    @Test
    void stopsAStepOnceItsErrorWasSmall() {
        InversionInputs inputs = Toy.inputs(3, 1);
        Inversion once = new NullTextInverter(3, 1, 1e-2, 0, 0).invert(inputs);
        Inversion content = new NullTextInverter(3, 10, 1e-2, 1e9, 0).invert(inputs);
        Inversion later = new NullTextInverter(3, 10, 1e-2, 0, 1e9).invert(inputs);
        for (int call = 0; call < 3; call++) {
            assertSameBits(
                    "one step", content.nullTexts().get(call), once.nullTexts().get(call));
        }
        assertThat(later.nullTexts().get(0)).isNotEqualTo(once.nullTexts().get(0));
    }

    @Test
    void withoutAGuidanceOfItsOwnItFitsForThatOfTheEditToCome() {
        InversionInputs inputs = Toy.inputs(3, 1); // of edits with guidance 7.5
        List<INDArray> texts = new NullTextInverter().invert(inputs).nullTexts();
        assertThat(texts).isEqualTo(new NullTextInverter(7.5).invert(inputs).nullTexts());
        assertThat(texts.get(0))
                .isNotEqualTo(new NullTextInverter(3).invert(inputs).nullTexts().get(0));
    }

    @Test
    void severalPicturesAreInvertedAsIfEachWereAlone() {
        InversionInputs both = Toy.inputs(3, 2);
        Inversion together = new NullTextInverter(3).invert(both);
        for (int picture = 0; picture < 2; picture++) {
            Inversion alone = new NullTextInverter(3).invert(Toy.only(both, picture));
            for (int call = 0; call < 3; call++) {
                assertClose(
                        "text",
                        together.picture(picture).nullTexts().get(call),
                        alone.nullTexts().get(call),
                        1e-9);
            }
        }
    }

    /** NTI-3 and NTI-6, through a small UNet. */
    @Test
    void theGradientOfTheErrorIsItsSlope() {
        try (UNet unet = new UNet(small(), Rule.weights("", DataType.DOUBLE), DataType.DOUBLE)) {
            Sampler sampler = new DdimScheduler(Toy.CONFIG).sampler(10);
            INDArray latents = Rule.input("null.latents", DataType.DOUBLE, 1, 4, 6, 4);
            INDArray text = Rule.input("null.text", DataType.DOUBLE, 1, 5, 12);
            INDArray empty = Rule.input("null.empty", DataType.DOUBLE, 1, 5, 12);
            INDArray wanted = Rule.input("null.wanted", DataType.DOUBLE, 1, 4, 6, 4);
            NullTextStep step = new NullTextStep(NoisePredictor.of(unet), sampler, 3, latents, wanted, text, 7.5);
            INDArray gradient = step.loss(empty).gradient().dup('c').reshape(60);
            double scale = gradient.norm2Number().doubleValue() / Math.sqrt(60);
            Random random = new Random(5);
            for (int i = 0; i < 20; i++) {
                int at = random.nextInt(60);
                double slope = DifferenceQuotient.of(
                        empty, at, () -> Nd4j.scalar(step.next(empty).squaredDistance(wanted) / wanted.length()));
                assertThat(Math.abs(gradient.getDouble(at) - slope) / (Math.abs(slope) + scale))
                        .isLessThan(1e-5);
            }
        }
    }

    /** PyTorch 2.15 in float64; the recipe is tools/reference/make_null_text.py. */
    @Test
    void findsTheTextsThatPyTorchFinds() throws Exception {
        Fixture reference = Fixture.of("sd15-pipeline", "pipelines/null_text");
        Path folder = Fixture.resource("sd15-pipeline", "shapes");
        try (StableDiffusion model = StableDiffusion.load(folder);
                UNet unet = new UNet(
                        model.unet().config(),
                        spec -> Objects.requireNonNull(model.unet().weights().get(spec.name()))
                                .castTo(DataType.DOUBLE),
                        DataType.DOUBLE)) {
            InversionInputs inputs = new InversionInputs(
                    NoisePredictor.of(unet),
                    Toy.CONFIG,
                    3,
                    7.5,
                    reference.get("z0"),
                    List.of("a large orange square on a white background"),
                    reference.get("text"),
                    reference.get("null"),
                    () -> reference.get("z0"));
            Inversion inversion = new NullTextInverter(7.5, 4, 1e-2, 1e-5, 2e-5).invert(inputs);
            assertThat(largestDifference(inversion.level(3), reference.get("noise")))
                    .isLessThan(1e-6); // the sinusoids of time are in float32 in both
            for (int call = 0; call < 3; call++) {
                assertThat(largestDifference(
                                inversion.nullTexts().get(call),
                                reference.get("null_texts").slice(call)))
                        .as("step %d", call)
                        .isLessThan(2e-4); // of 0.12: Adam divides small slopes by themselves
            }
        }
    }

    /** kappa of the closed form: sigma' - alpha' sigma / alpha. */
    @Test
    void anErrorPullsThroughTheStepAndTheGuidance() {
        InversionInputs inputs = Toy.inputs(20, 1);
        DdimScheduler ddim = new DdimScheduler(inputs.config());
        Sampler sampler = ddim.sampler(20);
        INDArray wanted = inputs.latents().mul(0.5);
        NullTextStep step = step(inputs, sampler, 4, inputs.latents(), wanted, 7.5);
        INDArray reached = step.next(inputs.unconditional());
        var from = ddim.level(751);
        var to = ddim.level(701);
        double kappa = to.sigma() - to.alpha() * from.sigma() / from.alpha();
        assertThat(sampler.timestep(4)).isEqualTo(751);
        INDArray cotangent = reached.sub(wanted).mul(2.0 / wanted.length() * kappa * (1 - 7.5));
        INDArray expected = inputs.model().contextGradient(inputs.latents(), 751, inputs.unconditional(), cotangent);
        NullTextStep.Loss loss = step.loss(inputs.unconditional());
        assertClose("gradient", loss.gradient(), expected, 1e-12);
        assertThat(loss.value()).isCloseTo(reached.squaredDistance(wanted) / wanted.length(), within(1e-12));
    }

    private static NullTextStep step(
            InversionInputs inputs, Sampler sampler, int call, INDArray latents, INDArray wanted, double guidance) {
        return new NullTextStep(inputs.model(), sampler, call, latents, wanted, inputs.conditional(), guidance);
    }

    private static UNetConfig small() {
        return new UNetConfig(
                4,
                4,
                List.of(16, 24),
                List.of(DownBlockType.CrossAttnDownBlock2D, DownBlockType.DownBlock2D),
                List.of(UpBlockType.UpBlock2D, UpBlockType.CrossAttnUpBlock2D),
                1,
                4,
                12,
                8,
                1e-5,
                true);
    }
}
