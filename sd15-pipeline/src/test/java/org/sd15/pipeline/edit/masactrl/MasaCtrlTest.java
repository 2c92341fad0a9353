package org.sd15.pipeline.edit.masactrl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.BatchAxis;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNetInput;

/** MasaCtrl on a small trained model, against a restatement in PyTorch in float64 and against itself. */
class MasaCtrlTest {
    /** Steps of runs that are held against other runs here. */
    private static final int FEW = 3;

    /** 6 steps in float32; the rounding of one step grows over the run. */
    private static final double ROUNDING = 2e-4;

    private static final Fixture REFERENCE = Fixture.of("sd15-pipeline", "editors/masactrl");

    private static StableDiffusion model;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    /** tools/reference/make_editors.py: attention processors in diffusers' UNet, float64. */
    @Test
    void drawsWhatPyTorchDraws() {
        assertThat(largestDifference(draw(request(STAR, control -> control.fromStep(2))), REFERENCE.get("plain")))
                .isLessThan(ROUNDING);
        INDArray late = draw(request(STAR, control -> control.fromStep(4).fromLayer(5)));
        assertThat(largestDifference(late, REFERENCE.get("late"))).isLessThan(ROUNDING);
    }

    /** There with two softmaxes that are blended by the target's mask, here with one biased softmax. */
    @Test
    void oneBiasedSoftmaxIsTheTwoOfThePublishedCode() {
        var masks = new Foreground.Given(REFERENCE.get("mask_source"), REFERENCE.get("mask_target"));
        INDArray masked = draw(request(STAR, control -> control.fromStep(1).foreground(masks)));
        assertThat(largestDifference(masked, REFERENCE.get("masked"))).isLessThan(ROUNDING);
    }

    /** At the first site that is controlled, the biased softmax is the plain one over the keys of the query's own side. */
    @Test
    void aBiasedRowIsThePlainOneOverItsOwnSide() {
        INDArray source = REFERENCE.get("mask_source");
        INDArray target = REFERENCE.get("mask_target");
        INDArray plain = probabilities(new Foreground.None());
        INDArray biased = probabilities(new Foreground.Given(source, target));
        for (int row : new int[] {1, 3}) { // the target's
            for (int query = 0; query < 256; query += 5) {
                double side = target.getDouble(query / 16, query % 16);
                INDArray own = source.eq(side).castTo(DataType.FLOAT).reshape(256);
                INDArray expected = plain.slice(row).slice(2).slice(query).mul(own);
                expected.divi(expected.sumNumber());
                INDArray actual = biased.slice(row).slice(2).slice(query);
                assertThat(largestDifference(actual, expected)).isLessThan(1e-6);
            }
        }
        assertSameBits("source", biased.slice(2), plain.slice(2));
    }

    private static INDArray probabilities(Foreground foreground) {
        List<AttentionSite> sites = model.unet().sites(16, 16, 77);
        EditPrompts prompts = EditPrompts.of(CIRCLE, List.of(STAR), model.tokenizer()::encode);
        EditProgram program = MasaCtrl.DEFAULT
                .fromStep(0)
                .fromLayer(5)
                .foreground(foreground)
                .over(prompts, sites, new Grid(16, 16), new RowLayout(2, true));
        INDArray context = model.encode(List.of("", "", CIRCLE, STAR), 0);
        UNetInput input = UNetInput.of(BatchAxis.repeat(ShapesModel.noise(), 4), 901, context);
        AttentionControl control = program.control(0, AttentionControl.identity(4));
        AttentionPlan plan = program.plan(AttentionPlan.PLAIN, sites);
        return model.unet()
                .predict(input, plan, control, List.of("attn/5/self/probs"))
                .tap("attn/5/self/probs");
    }

    /** There read on the way through the UNet, here before the step; nothing before the maps is controlled. */
    @Test
    void masksOfWordsAreThoseOfTheVeryStep() {
        MasaCtrlRequest request = request(
                STAR, control -> control.fromStep(1).fromLayer(5).foreground(new Foreground.Words("circle", "star")));
        MasaCtrlRun run = MasaCtrlRun.of(model, request);
        assertThat(largestDifference(run.run().finish(), REFERENCE.get("words")))
                .isLessThan(ROUNDING);
        INDArray seen = run.foreground(0, ShapesModel.STEPS - 1).orElseThrow();
        assertThat(seen.shape()).containsExactly(2, 8, 8);
        assertThat(seen.sumNumber().doubleValue()).isBetween(2.0, 127.0);
    }

    @Test
    void identicalPromptsGiveIdenticalPictures() {
        INDArray latents = draw(few(CIRCLE, control -> control.fromStep(0)));
        assertClose("target", latents.slice(1), latents.slice(0), 1e-5);
    }

    @Test
    void fromAStepOrALayerThatNeverComesTheRunIsPlain() {
        INDArray plain = plain();
        assertSameBits("step", draw(few(STAR, control -> control.fromStep(FEW))), plain);
        assertSameBits("layer", draw(few(STAR, control -> control.fromStep(0).fromLayer(7))), plain);
    }

    @Test
    void theSourceHasTheBitsOfAPlainRun() {
        INDArray edited = draw(few(STAR, control -> control.fromStep(0)));
        assertSameBits("source", edited.slice(0), plain().slice(0));
        assertThat(largestDifference(edited.slice(1), plain().slice(1))).isGreaterThan(0.1);
    }

    @Test
    void masksOfOnesAreNoMasks() {
        INDArray ones = Nd4j.ones(DataType.FLOAT, 64, 64);
        INDArray masked = draw(few(STAR, control -> control.fromStep(1).foreground(new Foreground.Given(ones, ones))));
        assertSameBits("masked", masked, draw(few(STAR, control -> control.fromStep(1))));
        INDArray half = ones.dup();
        half.get(NDArrayIndex.interval(0, 32), NDArrayIndex.all()).assign(0);
        INDArray nothing = draw(few(STAR, control -> control.fromStep(1).foreground(new Foreground.Given(ones, half))));
        assertSameBits("a source without background", nothing, masked);
    }

    @Test
    void aGivenPictureIsHeldOnItsWay() {
        INDArray picture = model.decode(Rule.input("masactrl.picture", DataType.FLOAT, 1, 4, 16, 16));
        MasaCtrlRequest request = MasaCtrlRequest.of("", STAR)
                .control(control -> control.fromStep(1))
                .sampling(base -> base.steps(4))
                .picture(picture);
        MasaCtrlRun direct = MasaCtrlRun.of(model, request);
        INDArray latents = direct.run().finish();
        Inversion inversion = direct.inversion(0).orElseThrow();
        assertThat(inversion.prompt()).isEmpty();
        assertSameBits("source", latents.slice(0), inversion.level(0).slice(0));
        assertSameBits("inverted before", draw(request.inverted(inversion)), latents);
        INDArray drifting = draw(request.withoutDirectInversion());
        assertThat(largestDifference(drifting.slice(0), latents.slice(0))).isGreaterThan(1e-3);
    }

    @Test
    void twoPicturesInABatchAreTwoRuns() {
        INDArray picture = model.decode(Rule.input("masactrl.picture", DataType.FLOAT, 1, 4, 16, 16));
        MasaCtrlRequest words = request(
                        STAR, control -> control.fromStep(1).foreground(new Foreground.Words("circle", "star", 0.3)))
                .sampling(base -> base.steps(3).latents(ShapesModel.noise()));
        MasaCtrlRequest given = MasaCtrlRequest.of("", STAR, CIRCLE)
                .control(control -> control.fromStep(2))
                .sampling(base -> base.steps(3))
                .picture(picture);
        INDArray both = MasaCtrlRun.of(model, List.of(words, given)).run().finish();
        assertThat(both.size(0)).isEqualTo(5);
        assertClose("first", both.get(NDArrayIndex.interval(0, 2)), draw(words), 1e-5);
        assertClose("second", both.get(NDArrayIndex.interval(2, 5)), draw(given), 1e-5);
    }

    @Test
    void saysWhatIsWrongBeforeAnythingIsComputed() {
        assertThatThrownBy(() -> MasaCtrlRun.of(
                        model, request(STAR, control -> control.foreground(new Foreground.Words("circle", "heart")))))
                .hasMessageContaining("heart");
        assertThatThrownBy(() -> MasaCtrl.DEFAULT.fromStep(-1)).hasMessageContaining("step -1");
        assertThatThrownBy(() -> new Foreground.Words("a", "b", 2)).hasMessageContaining("2.0");
        assertThatThrownBy(() -> MasaCtrlRun.of(
                        model,
                        List.of(
                                request(STAR, control -> control),
                                MasaCtrlRequest.of(CIRCLE, STAR)
                                        .sampling(base ->
                                                base.steps(ShapesModel.STEPS).size(96, 64)))))
                .hasMessageContaining("[2, 4, 16, 24]");
        assertThatThrownBy(() -> MasaCtrlRun.of(
                        model,
                        List.of(
                                request(STAR, control -> control),
                                MasaCtrlRequest.of(CIRCLE, STAR).sampling(base -> base.steps(7)))))
                .hasMessageContaining("steps 6 and 7");
    }

    private static MasaCtrlRequest request(String target, UnaryOperator<MasaCtrl> change) {
        return MasaCtrlRequest.of(CIRCLE, target)
                .control(change)
                .sampling(base -> base.steps(ShapesModel.STEPS).latents(ShapesModel.noise()));
    }

    private static MasaCtrlRequest few(String target, UnaryOperator<MasaCtrl> change) {
        return request(target, change).sampling(base -> base.steps(FEW).latents(ShapesModel.noise()));
    }

    private static INDArray draw(MasaCtrlRequest request) {
        return MasaCtrlRun.of(model, request).run().finish();
    }

    private static INDArray plain() {
        return model.generate(GenerationRequest.of(CIRCLE, STAR)
                        .scheduler(new DdimScheduler(model.components().schedulerConfig()))
                        .steps(FEW)
                        .latents(Nd4j.concat(0, ShapesModel.noise(), ShapesModel.noise()))
                        .build())
                .finish();
    }
}
