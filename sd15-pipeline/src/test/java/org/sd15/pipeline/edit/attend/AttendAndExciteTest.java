package org.sd15.pipeline.edit.attend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largest;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.StepModel;
import org.sd15.pipeline.denoise.TinyUNet;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.Window;
import org.sd15.testing.DifferenceQuotient;
import org.sd15.testing.Fixture;
import org.sd15.unet.UNet;

/** Attend-and-Excite against diffusers and PyTorch's autograd, against central differences, and against itself. */
class AttendAndExciteTest {

    /** Twelve moves of up to 20 times a slope and six steps in float32. */
    private static final double ROUNDING = 1e-3;

    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "editors/attend");
    private static final String PROMPT = "a red circle and a blue star";
    private static final List<String> WORDS = List.of("circle", "star");

    private static StableDiffusion model;
    private static UNet tiny;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
        tiny = TinyUNet.doubles();
    }

    @AfterAll
    static void close() throws Exception {
        tiny.close();
        model.close();
    }

    /**
     * tools/reference/make_editors.py: PyTorch's autograd through the UNet in float64; and as published, diffusers 0.42.1,
     * StableDiffusionAttendAndExcitePipeline in float32. One refinement ends by crossing, one is not needed.
     */
    @ParameterizedTest
    @EnumSource
    void goesTheWayOfAutograd(Conformance conformance) {
        boolean corrected = conformance == Conformance.CORRECTED;
        String name = corrected ? "corrected." : "published.";
        AttendRun run = run(corrected ? corrected() : published());
        INDArray latents = run.run().finish();
        List<Double> losses = new ArrayList<>();
        for (int step = 0; step < ShapesModel.STEPS; step++) {
            losses.addAll(run.losses(0, step));
        }
        double[] expected =
                REFERENCE.get(name + "losses").castTo(DataType.DOUBLE).data().asDouble();
        assertThat(losses).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(losses.get(i)).as("loss %d", i).isCloseTo(expected[i], within(2e-4));
        }
        assertThat(largestDifference(latents, REFERENCE.get(name + "latents"))).isLessThan(ROUNDING);
        if (!corrected) {
            assertThat(largestDifference(latents, REFERENCE.get("diffusers"))).isLessThan(ROUNDING);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theGradientIsThatOfCentralDifferences(Conformance conformance) {
        StepModel step = TinyUNet.firstStep(tiny, DataType.DOUBLE, 1);
        INDArray latents = TinyUNet.latents(DataType.DOUBLE, 1);
        AttendAndExciteProgram program = tiny(once(1).conforming(conformance));
        INDArray gradient = latents.sub(program.beforeStep(0, latents, step));
        assertThat(program.losses(0)).hasSize(1);
        assertThat(program.losses(0).get(0)).isBetween(0.01, 0.999);
        var random = new Random(3);
        for (int i = 0; i < 20; i++) {
            int place = random.nextInt((int) latents.length());
            double quotient = DifferenceQuotient.of(latents, place, () -> {
                program.beforeStep(0, latents, TinyUNet.withoutGradients(step));
                return Nd4j.scalar(program.losses(0).get(0));
            });
            assertThat(gradient.dup('c').reshape(gradient.length()).getDouble(place))
                    .as("at %d", place)
                    .isCloseTo(quotient, within(1e-5 * largest(gradient)));
        }
    }

    @Test
    void aSmallMoveLowersTheLoss() {
        StepModel step = TinyUNet.firstStep(tiny, DataType.DOUBLE, 1);
        AttendAndExciteProgram program = tiny(once(0.05));
        INDArray moved = program.beforeStep(0, TinyUNet.latents(DataType.DOUBLE, 1), step);
        double before = program.losses(0).get(0);
        program.beforeStep(0, moved, step);
        assertThat(program.losses(0).get(0)).isLessThan(before);
    }

    @Test
    void blocksAfterTheLastMapThatIsNeededAreNotComputed() {
        try (UNet unet = TinyUNet.poisonedAfterSmallMaps()) {
            StepModel step = TinyUNet.firstStep(unet, DataType.FLOAT, 1);
            INDArray latents = TinyUNet.latents(DataType.FLOAT, 1);
            INDArray moved = tiny(once(1)).beforeStep(0, latents, step);
            assertThat(moved.sumNumber().doubleValue()).isFinite();
            assertThat(largestDifference(moved, latents)).isGreaterThan(0);
        }
    }

    @Test
    void whereNobodyIsNeglectedNothingMoves() {
        StepModel step = TinyUNet.firstStep(tiny, DataType.DOUBLE, 1);
        PromptWords alone = PromptWords.of("circle", model.tokenizer()::encode);
        AttendAndExciteProgram program = AttendAndExcite.of(alone, List.of("circle"))
                .over(tiny.sites(TinyUNet.SIDE, TinyUNet.SIDE, 77), new Grid(8, 8), 10);
        INDArray latents = TinyUNet.latents(DataType.DOUBLE, 1);
        assertSameBits("latents", program.beforeStep(0, latents, step), latents);
        assertThat(program.losses(0)).containsExactly(0.0);
    }

    @Test
    void refinementsEndAfterSoManyMoves() {
        INDArray latents = TinyUNet.latents(DataType.DOUBLE, 1);
        StepModel step = TinyUNet.withoutGradients(TinyUNet.firstStep(tiny, DataType.DOUBLE, 1));
        AttendAndExcite always = once(1).moving(Window.NEVER, 1).refining(Map.of(0.0, 1.0));
        for (int attempts : new int[] {0, 1, 3}) {
            AttendAndExciteProgram program = tiny(always.attempts(attempts));
            program.beforeStep(0, latents, step);
            assertThat(program.losses(0)).hasSize(attempts + 1); // the last one after the last move
        }
    }

    @Test
    void withoutMovesAndRefinementsTheRunIsPlain() {
        AttendRequest off = AttendRequest.of(PROMPT, WORDS)
                .sampling(base -> base.steps(2).latents(ShapesModel.noise()))
                .method(settings -> settings.moving(Window.NEVER, 20).refining(Map.of()));
        INDArray plain = model.generate(GenerationRequest.of(PROMPT)
                        .scheduler(new DdimScheduler(model.components().schedulerConfig()))
                        .steps(2)
                        .latents(ShapesModel.noise())
                        .build())
                .finish();
        AttendRun run = AttendRun.of(model, List.of(off));
        assertSameBits("latents", run.run().finish(), plain);
        assertThat(run.losses(0, 0)).isEmpty();
    }

    @Test
    void twoPicturesInABatchAreTwoRuns() {
        AttendRequest first = AttendRequest.of(PROMPT, WORDS)
                .sampling(base -> base.steps(1).latents(ShapesModel.noise()))
                .method(settings -> settings.refining(Map.of(0.0, 0.6)).attempts(1));
        AttendRequest second = AttendRequest.of(ShapesModel.STAR, List.of("red", "star"))
                .sampling(base -> base.steps(1).latents(ShapesModel.noise().neg()))
                .method(settings -> settings.refining(Map.of()).moving(Window.ALWAYS, 10));
        INDArray both = AttendRun.of(model, List.of(first, second)).run().finish();
        INDArray one = AttendRun.of(model, List.of(first)).run().finish();
        INDArray other = AttendRun.of(model, List.of(second)).run().finish();
        assertClose("first", both.get(NDArrayIndex.interval(0, 1)), one, 1e-5);
        assertClose("second", both.get(NDArrayIndex.interval(1, 2)), other, 1e-5);
    }

    @Test
    void theStepSizeFallsAsPublished() {
        PromptWords prompt = PromptWords.of(PROMPT, model.tokenizer()::encode);
        AttendAndExcite usual = AttendAndExcite.of(prompt, WORDS);
        assertThat(usual.stepSize()).isEqualTo(20);
        assertThat(usual.attempts()).isEqualTo(20);
        assertThat(usual.refinements()).isEqualTo(Map.of(0.0, 0.05, 0.2, 0.5, 0.4, 0.8));
        INDArray latents = TinyUNet.latents(DataType.DOUBLE, 1);
        StepModel model50 = TinyUNet.firstStep(tiny, DataType.DOUBLE, 1);
        AttendAndExciteProgram program = AttendAndExcite.of(prompt, WORDS)
                .moving(Window.ALWAYS, 20)
                .refining(Map.of())
                .over(tiny.sites(8, 8, 77), new Grid(8, 8), 50);
        double first = largestDifference(program.beforeStep(0, latents, model50), latents);
        double middle = largestDifference(program.beforeStep(24, latents, model50), latents);
        double last = largestDifference(program.beforeStep(49, latents, model50), latents);
        assertThat(20 * middle / first).isCloseTo(17.37932, within(1e-5));
        assertThat(20 * last / first).isCloseTo(14.14214, within(1e-5));
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> AttendRun.of(model, List.of(AttendRequest.of(PROMPT, List.of("heart")))))
                .hasMessageContaining("heart");
        assertThatThrownBy(() -> AttendRun.of(model, List.of(AttendRequest.of(PROMPT, List.of()))))
                .hasMessageContaining("0 subjects");
        assertThatThrownBy(() -> run(settings -> settings.refining(Map.of(1.5, 0.5))))
                .hasMessageContaining("1.5");
    }

    private static UnaryOperator<AttendAndExcite> corrected() {
        return settings -> settings.refining(Map.of(0.0, 0.6, 0.4, 0.3));
    }

    private static UnaryOperator<AttendAndExcite> published() {
        return settings -> settings.refining(Map.of(0.0, 0.05, 0.4, 0.02)).conforming(Conformance.REFERENCE);
    }

    private static AttendRequest subject(UnaryOperator<AttendAndExcite> settings) {
        return AttendRequest.of(PROMPT, WORDS)
                .sampling(base -> base.steps(ShapesModel.STEPS).latents(ShapesModel.noise()))
                .method(settings);
    }

    private static AttendRun run(UnaryOperator<AttendAndExcite> settings) {
        return AttendRun.of(model, List.of(subject(settings)));
    }

    /** One move of a size in each step, no refinements. */
    private static AttendAndExcite once(double size) {
        PromptWords prompt = PromptWords.of(PROMPT, model.tokenizer()::encode);
        return AttendAndExcite.of(prompt, WORDS).moving(Window.ALWAYS, size).refining(Map.of());
    }

    private static AttendAndExciteProgram tiny(AttendAndExcite settings) {
        return settings.over(tiny.sites(TinyUNet.SIDE, TinyUNet.SIDE, 77), new Grid(8, 8), 10);
    }
}
