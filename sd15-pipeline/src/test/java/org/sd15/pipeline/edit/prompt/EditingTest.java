package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.pipeline.ShapesModel.edit;
import static org.sd15.pipeline.ShapesModel.noise;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.edit.masactrl.MasaCtrl;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRun;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.Window;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetInput;
import org.sd15.unet.UNetOutput;

/** Prompt-to-prompt on a model: what holds whatever the weights are. */
class EditingTest {

    private static StableDiffusion model;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1})
    void aTargetWithTheSourcesPromptIsTheSourceAtEveryStep(double share) {
        Editing editing = model.edit(
                edit(CIRCLE, CIRCLE).edit(edit -> edit.crossSteps(share).selfSteps(share)));
        editing.run()
                .forEachRemaining(step -> assertClose(
                        "step " + step.index(),
                        step.latents().slice(1),
                        step.latents().slice(0),
                        1e-5));
    }

    @Test
    void closedGatesGiveTheBitsOfPlainRuns() {
        INDArray edited = model.edit(
                        edit(CIRCLE, STAR).edit(edit -> edit.crossSteps(0).selfSteps(0)))
                .run()
                .finish();
        assertSameBits("both rows", edited, plain());
    }

    @Test
    void theSourceRowHasTheBitsOfAPlainRunWhateverTheTargetDoes() {
        INDArray edited = model.edit(edit(CIRCLE, STAR)
                        .edit(edit -> edit.crossSteps(1).selfSteps(1).weight("star", 3)))
                .run()
                .finish();
        assertSameBits("source", edited.slice(0), plain().slice(0));
        assertThat(edited.slice(1).sub(plain().slice(1)).norm2Number().doubleValue())
                .isGreaterThan(1);
    }

    @Test
    void aWeightOfOneChangesNoBit() {
        INDArray edited = model.edit(edit(CIRCLE, STAR)).run().finish();
        INDArray weighted = model.edit(edit(CIRCLE, STAR).edit(edit -> edit.weight("star", 1)))
                .run()
                .finish();
        assertSameBits("weighted", weighted, edited);
    }

    @Test
    void severalTargetsAreEditedAsIfEachWereAlone() {
        String blue = "a large blue circle on a gray background";
        INDArray both = model.edit(edit(CIRCLE, STAR, blue)).run().finish();
        assertClose(
                "star",
                both.slice(1),
                model.edit(edit(CIRCLE, STAR)).run().finish().slice(1),
                1e-5);
        assertClose(
                "blue",
                both.slice(2),
                model.edit(edit(CIRCLE, blue)).run().finish().slice(1),
                1e-5);
    }

    @Test
    void unconditionalRowsAndTheSourceAreUntouchedWithinAStep() {
        EditPrompts prompts = EditPrompts.of(CIRCLE, List.of(STAR), model.tokenizer()::encode);
        EditProgram program = new PromptToPromptProgram(
                PromptToPrompt.of(prompts).weight("star", 2), new Grid(16, 16), 10, new RowLayout(2, true));
        INDArray latents = Nd4j.concat(0, noise(), noise(), noise(), noise());
        INDArray context = Nd4j.concat(0, model.encode(List.of("", ""), 0), model.encode(List.of(CIRCLE, STAR), 0));
        UNetInput input = UNetInput.of(latents, 901, context);
        List<AttentionSite> sites = model.unet().sites(16, 16, 77);
        List<String> taps = sites.stream().map(AttentionSite::probs).toList();
        AttentionControl none = AttentionControl.identity(4);
        UNetOutput edited =
                model.unet().predict(input, program.plan(AttentionPlan.PLAIN, sites), program.control(0, none), taps);
        UNetOutput plain = model.unet().predict(input, AttentionPlan.PLAIN, none, taps);
        assertSameBits("prediction", first3(edited.sample()), first3(plain.sample()));
        for (String tap : taps) {
            assertSameBits(tap, first3(edited.tap(tap)), first3(plain.tap(tap)));
        }
        assertThat(edited.sample().slice(3)).isNotEqualTo(plain.sample().slice(3));
    }

    @Test
    void theLargestSelfAttentionsOfStableDiffusionAreNeverRouted() {
        EditPrompts prompts = EditPrompts.of(CIRCLE, List.of(STAR), model.tokenizer()::encode);
        EditProgram program =
                new PromptToPromptProgram(PromptToPrompt.of(prompts), new Grid(64, 64), 50, new RowLayout(2, true));
        List<AttentionSite> sites = UNetConfig.sd15().sites(64, 64, 77);
        AttentionPlan plan = program.plan(AttentionPlan.PLAIN, sites);
        Set<Integer> routed =
                plan.routed().stream().map(AttentionSite::index).collect(Collectors.toCollection(TreeSet::new));
        assertThat(routed).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertThat(plan.routed()).noneMatch(AttentionSite::isCross);
        assertThat(plan.mapped()).hasSize(16);
    }

    @Test
    void aBlendKeepsTheSourceWhereNeitherWordIs() {
        EditRequest request = edit(CIRCLE, STAR).edit(edit -> edit.blend(Blend.of("circle", "star")));
        Editing editing = model.edit(request);
        INDArray latents = editing.run().finish();
        INDArray mask = editing.mask(ShapesModel.STEPS - 1).orElseThrow();
        assertThat(mask.shape()).containsExactly(1, 16, 16);
        assertThat(mask.sumNumber().doubleValue()).isBetween(1.0, 255.0);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                boolean same = latents.getDouble(0, 0, y, x) == latents.getDouble(1, 0, y, x);
                assertThat(same).as("%d, %d", y, x).isEqualTo(mask.getDouble(0, y, x) == 0);
            }
        }
    }

    @Test
    void heatMapsAndOtherProgramsDoNotChangeTheRun() {
        INDArray without = model.edit(edit(CIRCLE, STAR)).run().finish();
        Editing editing = model.edit(edit(CIRCLE, STAR).withHeatMaps());
        assertSameBits("latents", editing.run().finish(), without);
        assertThat(editing.heatMaps(1).orElseThrow().words())
                .containsOnlyKeys("a", "large", "red", "star", "on", "gray", "background");
    }

    @Test
    void saysWhichWordIsMissingBeforeAnythingIsComputed() {
        assertThatThrownBy(() -> model.edit(edit(CIRCLE, STAR).edit(edit -> edit.weight("heart", 2))))
                .hasMessageContaining("heart")
                .hasMessageContaining("star");
        assertThatThrownBy(() -> model.edit(edit(CIRCLE, STAR).edit(edit -> edit.blend(Blend.of("square", "star")))))
                .hasMessageContaining("square");
    }

    private static INDArray first3(INDArray rows) {
        return rows.get(NDArrayIndex.interval(0, 3));
    }

    /** Source and target from the same noise, without an edit. */
    private static INDArray plain() {
        return model.generate(GenerationRequest.of(CIRCLE, STAR)
                        .scheduler(new DdimScheduler(model.components().schedulerConfig()))
                        .steps(ShapesModel.STEPS)
                        .latents(Nd4j.concat(0, noise(), noise()))
                        .build())
                .finish();
    }

    /** The picture is of no use, which would be said next: it is inverted with all steps. */
    @Test
    void wordsThatAreNotThereAreRefusedBeforeAPictureIsInverted() {
        var useless = new GivenPicture(Nd4j.ones(1, 3, 5, 7), InversionMethod.DIRECT, 0);
        EditRequest request = edit(CIRCLE, STAR).picture(useless);
        assertThatThrownBy(() -> model.edit(request.edit(edit -> edit.blend(Blend.of("circle", "dog")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("dog");
        var masks = new MasaCtrl.Foreground.Words("circle", "dog");
        assertThatThrownBy(() -> MasaCtrlRun.of(
                        model,
                        MasaCtrlRequest.of(CIRCLE, STAR)
                                .control(usual -> usual.foreground(masks))
                                .picture(useless.picture())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("dog");
    }

    /** A request and the methods by themselves are two ways to the same run. */
    @Test
    void whatARequestSaysOfAnEditReachesItsMethods() {
        EditPrompts prompts = EditPrompts.of(CIRCLE, List.of(STAR), model.tokenizer()::encode);
        CrossGate gate = new CrossGate(new Window(0.1, 0.6)).word("star", new Window(0.3, 0.9));
        Window self = new Window(0.2, 0.9);
        EditMethod methods = EditMethod.chain(List.of(
                PromptToPrompt.of(prompts).crossSteps(gate).selfSteps(self).selfLimit(0),
                LocalBlend.of(prompts, List.of(List.of("circle", "large"), List.of("star", "large")))
                        .subtract(List.of(List.of("gray"), List.of("gray")))
                        .thresholds(0.4, 0.4)
                        .startAfter(0.5)
                        .resolution(new Grid(8, 8))));
        INDArray alone = GenerationRequest.of(CIRCLE, STAR)
                .scheduler(model.scheduler("ddim"))
                .steps(ShapesModel.STEPS)
                .latents(Nd4j.concat(0, ShapesModel.noise(), ShapesModel.noise()))
                .with(methods)
                .build()
                .on(model)
                .finish();
        Blend blend = Blend.of("circle", "star")
                .and("large", "large")
                .without("gray", "gray")
                .threshold(0.4)
                .startAfter(0.5)
                .resolution(new Grid(8, 8));
        EditRequest request = ShapesModel.edit(CIRCLE, STAR)
                .edit(edit -> edit.crossGate(gate).selfGate(self).selfLimit(0).blend(blend));
        assertSameBits("latents", request.on(model).run().finish(), alone);
        EditRequest limited = request.edit(edit -> edit.selfLimit(2));
        assertThat(limited.on(model).run().finish()).isNotEqualTo(alone);
        assertThatThrownBy(() -> request.edit(edit -> edit.blend(blend.without("green", "gray")))
                        .on(model))
                .hasMessageContaining("\"green\" is not in the prompt");
    }
}
