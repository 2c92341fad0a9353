package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.RunFactory;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.testing.Fixture;

/** DDIM inversion and direct inversion on a small trained model. */
class InversionTest {

    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "pipelines/ddim_inversion");
    private static final String PROMPT = "a large orange square on a white background";

    private static StableDiffusion model;
    private static INDArray picture;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
        picture = model.decode(REFERENCE.get("latents").slice(0).reshape(1, 4, 16, 16));
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    /** diffusers 0.42.1, DDIMInverseScheduler and DDIMScheduler, 20 steps. */
    @Test
    void goesTheWayOfDiffusersThereAndBack() {
        INDArray expected = REFERENCE.get("latents");
        RunFactory runs = new RunFactory(model.components());
        RunSettings settings = settings(20, 1);
        List<INDArray> there = new ArrayList<>();
        var inverse = new org.sd15.pipeline.schedule.DdimInverseScheduler(
                model.components().schedulerConfig());
        INDArray start = expected.slice(0).reshape(1, 4, 16, 16);
        runs.denoise(inverse.sampler(20), settings, List.of(PROMPT), org.sd15.pipeline.denoise.EditProgram.NONE, start)
                .forEachRemaining(step -> there.add(step.latents()));
        for (int i = 0; i < there.size(); i++) {
            assertThat(largestDifference(there.get(i), level(expected, i + 1)))
                    .as("step %d", i)
                    .isLessThan(1e-4);
        }
        INDArray back = reconstruct(there.get(19), settings);
        assertThat(largestDifference(back, level(REFERENCE.get("latents_back"), 20)))
                .isLessThan(2e-4);
    }

    @Test
    void theRoundTripIsBetterTheMoreStepsAndWithoutGuidance() {
        double few = roundTrip(5, 1);
        double more = roundTrip(10, 1);
        double most = roundTrip(30, 1);
        assertThat(few).isGreaterThan(more);
        assertThat(more).isGreaterThan(most);
        assertThat(roundTrip(10, 7.5)).isGreaterThan(3 * more);
    }

    private static double roundTrip(int steps, double guidance) {
        Inversion inversion = model.invert(picture, PROMPT, settings(steps, 1));
        INDArray back = reconstruct(inversion.level(steps), settings(steps, guidance));
        return back.sub(inversion.level(0)).norm2Number().doubleValue();
    }

    private static INDArray reconstruct(INDArray noise, RunSettings settings) {
        var sampler = new DdimScheduler(model.components().schedulerConfig()).sampler(settings.steps());
        return new RunFactory(model.components())
                .denoise(sampler, settings, List.of(PROMPT), org.sd15.pipeline.denoise.EditProgram.NONE, noise)
                .finish();
    }

    @Test
    void directInversionReturnsTheSourceExactly() {
        Editing editing = edit(InversionMethod.DIRECT, 0, "a large blue square on a white background");
        INDArray latents = editing.run().finish();
        Inversion inversion = editing.inversion().orElseThrow();
        assertSameBits("source", latents.slice(0), inversion.level(0).slice(0));
        assertThat(inversion.stacked().shape()).containsExactly(ShapesModel.STEPS + 1, 4, 16, 16);
    }

    @Test
    void anUnguidedTargetWithTheSourcesPromptStaysWithinTheErrorOfDdim() {
        EditRequest request = EditRequest.of(PROMPT, PROMPT)
                .edit(edit -> edit.crossSteps(1).selfSteps(1))
                .sampling(base -> base.steps(ShapesModel.STEPS).guidance(1));
        INDArray direct = model.edit(request.picture(new GivenPicture(picture, InversionMethod.DIRECT, 0)))
                .run()
                .finish();
        INDArray ddim = model.edit(request.picture(new GivenPicture(picture, InversionMethod.DDIM, 0)))
                .run()
                .finish();
        double held = largestDifference(direct.slice(1), direct.slice(0));
        double drifted = largestDifference(ddim.slice(0), direct.slice(0));
        assertThat(held).isLessThanOrEqualTo(drifted * 1.01);
        assertThat(drifted).isGreaterThan(0.05);
    }

    @Test
    void holdingTheSourceWhereItIsAnywayChangesNoBit() {
        EditRequest request = ShapesModel.edit(CIRCLE, STAR);
        List<INDArray> levels = new ArrayList<>();
        Editing plain = model.edit(request);
        levels.add(0, plain.run().start().get(NDArrayIndex.interval(0, 1)));
        plain.run()
                .forEachRemaining(step -> levels.add(
                        0, step.latents().get(NDArrayIndex.interval(0, 1)).dup()));
        var held = new SourceTrajectory(new Inversion(CIRCLE, levels), 0);
        EditRequest holding = request.sampling(base ->
                base.steps(ShapesModel.STEPS).latents(ShapesModel.noise()).program(held));
        assertSameBits(
                "all rows", model.edit(holding).run().finish(), plain.run().latents());
    }

    @Test
    void skippedStepsStartNearerToThePicture() {
        Editing skipping = edit(InversionMethod.DIRECT, 0.5, "a large blue square on a white background");
        Inversion inversion = skipping.inversion().orElseThrow();
        assertThat(skipping.run().count()).isEqualTo(ShapesModel.STEPS / 2);
        assertSameBits(
                "start",
                skipping.run().start().slice(1),
                inversion.level(ShapesModel.STEPS / 2).slice(0));
        assertSameBits(
                "source", skipping.run().finish().slice(0), inversion.level(0).slice(0));
    }

    @Test
    void heatMapsOfAGivenPictureAreThoseOfItsWay() {
        HeatMapRun run = HeatMapRun.given(model, PROMPT, picture, base -> base.steps(ShapesModel.STEPS));
        INDArray latents = run.run().finish();
        assertThat(run.maps().words()).containsKeys("orange", "square");
        assertThat(run.maps().word("square").height()).isEqualTo(16);
        assertClose(
                "held",
                latents.slice(0),
                model.vae()
                        .scale(model.vae().encode(picture.mul(2).sub(1)).mode())
                        .slice(0),
                1e-7);
        Inversion before = model.invert(
                picture,
                PROMPT,
                GenerationRequest.of(PROMPT).steps(ShapesModel.STEPS).build().settings());
        HeatMapRun again = HeatMapRequest.of("").inverted(before).on(model);
        again.run().finish();
        assertThat(again.maps().tokens()).isEqualTo(run.maps().tokens());
    }

    @Test
    void heatMapsOfNonSquarePicturesHaveTheirShapeAndChangeNothing() {
        HeatMapRun run = HeatMapRun.drawn(model, CIRCLE, base -> base.steps(3).size(96, 64));
        INDArray latents = run.run().finish();
        assertThat(run.maps().word("circle").width()).isEqualTo(24);
        assertThat(run.maps().word("circle").height()).isEqualTo(16);
        INDArray without = model.generate(
                        GenerationRequest.of(CIRCLE).steps(3).size(96, 64).build())
                .finish();
        assertSameBits("latents", latents, without);
    }

    private static Editing edit(InversionMethod method, double skip, String target) {
        return model.edit(EditRequest.of(PROMPT, target)
                .sampling(base -> base.steps(ShapesModel.STEPS))
                .picture(new GivenPicture(picture, method, skip)));
    }

    private static INDArray level(INDArray levels, int i) {
        return levels.slice(i).reshape(1, 4, 16, 16);
    }

    private static RunSettings settings(int steps, double guidance) {
        return RunSettings.DEFAULT.steps(steps).guidance(guidance);
    }
}
