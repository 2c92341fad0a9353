package org.sd15.pipeline.denoise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.pipeline.ShapesModel.noise;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.EditBatch.Share;
import org.sd15.pipeline.denoise.SideBySide.Member;
import org.sd15.pipeline.edit.masactrl.MasaCtrl;
import org.sd15.pipeline.edit.prompt.LocalBlend;
import org.sd15.pipeline.edit.prompt.LocalBlendProgram;
import org.sd15.pipeline.edit.prompt.PromptToPrompt;
import org.sd15.pipeline.edit.prompt.PromptToPromptProgram;
import org.sd15.pipeline.heatmap.HeatMapMethod;
import org.sd15.pipeline.heatmap.HeatMapOptions;
import org.sd15.pipeline.heatmap.HeatMapProgram;
import org.sd15.pipeline.heatmap.HeatMaps;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.PromptWords;

/** Different edits in one batch, and edits within masks that are known. */
class SideBySideTest {

    private static final String BLUE = "a large blue circle on a gray background";
    private static final Grid LATENTS = new Grid(16, 16);
    private static final int STEPS = 2;

    private static StableDiffusion model;
    private static List<AttentionSite> sites;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
        sites = model.unet().sites(16, 16, 77);
    }

    @AfterAll
    static void close() throws Exception {
        model.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {7.5, 1})
    void eachPictureIsEditedAsIfItWereAlone(double guidance) {
        boolean guided = guidance > 1;
        RowLayout two = new RowLayout(2, guided);
        EditPrompts star = prompts(CIRCLE, STAR);
        EditPrompts blue = prompts(STAR, BLUE);
        EditProgram swap = EditProgram.chain(List.of(
                new PromptToPromptProgram(PromptToPrompt.of(star).weight("star", 2), LATENTS, STEPS, two),
                new LocalBlendProgram(LocalBlend.around(star, "circle", "star").over(sites, LATENTS, two, STEPS))));
        EditProgram masa = MasaCtrl.DEFAULT.fromStep(1).over(blue, sites, LATENTS, two);
        HeatMaps maps =
                new HeatMaps(sites, LATENTS, new RowLayout(1, guided), Map.of(0, words(BLUE)), HeatMapOptions.DEFAULT);
        HeatMaps alone =
                new HeatMaps(sites, LATENTS, new RowLayout(1, guided), Map.of(0, words(BLUE)), HeatMapOptions.DEFAULT);
        var all = new SideBySide(
                List.of(new Member(swap, 2), new Member(new HeatMapProgram(maps), 1), new Member(masa, 2)), guided);
        INDArray both = draw(all, guidance, CIRCLE, STAR, BLUE, STAR, BLUE);
        assertClose("swap", rows(both, 0, 2), draw(swap, guidance, CIRCLE, STAR), 1e-5);
        assertClose("seen", rows(both, 2, 3), draw(new HeatMapProgram(alone), guidance, BLUE), 1e-5);
        assertClose("masa", rows(both, 3, 5), draw(masa, guidance, STAR, BLUE), 1e-5);
        assertThat(maps.of(0).word("circle").values()).hasSize(256);
        assertThat(maps.of(0).word("circle").at(8, 8))
                .isCloseTo(alone.of(0).word("circle").at(8, 8), within(1e-5f));
    }

    /** The methods of a batch are tied to it as one would by hand. */
    @Test
    void methodsOnAStageAreTheProgramsOfARun() {
        RowLayout two = new RowLayout(2, true);
        EditPrompts star = prompts(CIRCLE, STAR);
        EditPrompts blue = prompts(STAR, BLUE);
        PromptToPrompt swap = PromptToPrompt.of(star).weight("star", 2);
        LocalBlend blend = LocalBlend.around(star, "circle", "star").startAfter(0);
        MasaCtrl masa = MasaCtrl.DEFAULT.fromStep(1);
        EditProgram byHand = new SideBySide(
                List.of(
                        new Member(
                                EditProgram.chain(List.of(
                                        new PromptToPromptProgram(swap, LATENTS, STEPS, two),
                                        new LocalBlendProgram(blend.over(sites, LATENTS, two, STEPS)))),
                                2),
                        new Member(EditProgram.NONE, 1),
                        new Member(masa.over(blue, sites, LATENTS, two), 2)),
                true);
        EditMethod methods = EditBatch.of(
                new Share(EditMethod.chain(List.of(swap, blend)), 2),
                new Share(new HeatMapMethod(Map.of(0, words(BLUE)), HeatMapOptions.DEFAULT), 1),
                new Share(masa.of(blue), 2));
        String[] prompts = {CIRCLE, STAR, BLUE, STAR, BLUE};
        assertSameBits("latents", draw(methods, 7.5, prompts), draw(byHand, 7.5, prompts));
    }

    @Test
    void theControlOfSomeRowsLeavesTheOthersAlone() {
        RowLayout two = new RowLayout(2, true);
        EditProgram swap = new PromptToPromptProgram(PromptToPrompt.of(prompts(CIRCLE, STAR)), LATENTS, 10, two);
        var all = new SideBySide(List.of(new Member(EditProgram.NONE, 1), new Member(swap, 2)), true);
        AttentionPlan plan = all.plan(AttentionPlan.PLAIN, sites);
        Map<String, INDArray> feeds =
                all.control(0, AttentionControl.identity(6)).feeds(plan, sites, DataType.FLOAT);
        Map<String, INDArray> own =
                swap.control(0, AttentionControl.identity(4)).feeds(plan, sites, DataType.FLOAT);
        INDArray routing = Nd4j.eye(6).castTo(DataType.FLOAT);
        routing.putScalar(5, 5, 0);
        routing.putScalar(5, 4, 1); // the target's conditional row looks at the source's
        assertSameBits("map route", get(feeds, "control/1/cross/map_route"), routing);
        assertSameBits("self", get(feeds, "control/1/self/route_key"), routing);
        INDArray mixed = get(feeds, "control/1/cross/map_mixed");
        INDArray ownMixed = get(own, "control/1/cross/map_mixed");
        int[] placed = {1, 2, 4, 5};
        for (int i = 0; i < placed.length; i++) {
            assertSameBits("row " + i, mixed.slice(placed[i]), ownMixed.slice(i));
        }
        assertThat(mixed.slice(0).sumNumber().doubleValue()).isZero();
        assertThat(mixed.slice(3).sumNumber().doubleValue()).isZero();
    }

    @Test
    void textStatesAndPredictionsAreEachProgramsOwn() {
        EditProgram tenfold = new EditProgram() {
            @Override
            public INDArray context(int step, INDArray context) {
                return context.mul(10);
            }

            @Override
            public INDArray combineNoise(int step, INDArray rows, INDArray combined) {
                return rows.get(NDArrayIndex.interval(2, 4)).sub(combined); // its own conditional rows
            }
        };
        var all = new SideBySide(List.of(new Member(EditProgram.NONE, 1), new Member(tenfold, 2)), true);
        INDArray six = Nd4j.createFromArray(1f, 2, 3, 4, 5, 6).reshape(6, 1, 1);
        assertThat(all.context(0, six).data().asFloat()).containsExactly(1, 20, 30, 4, 50, 60);
        INDArray rows = Nd4j.createFromArray(1f, 2, 3, 4, 5, 6).reshape(6, 1, 1, 1);
        INDArray combined = Nd4j.createFromArray(0.5f, 0.25f, 0.75f).reshape(3, 1, 1, 1);
        assertThat(all.combineNoise(0, rows, combined).data().asFloat()).containsExactly(0.5f, 4.75f, 5.25f);
    }

    @Test
    void batchesInBatchesAreOneBatch() {
        EditProgram swap = new PromptToPromptProgram(
                PromptToPrompt.of(prompts(CIRCLE, STAR)), LATENTS, 10, new RowLayout(2, true));
        Member nothing = new Member(EditProgram.NONE, 1);
        Member edit = new Member(swap, 2);
        var flat = new SideBySide(List.of(nothing, edit, nothing), true);
        var nested =
                new SideBySide(List.of(nothing, new Member(new SideBySide(List.of(edit, nothing), true), 3)), true);
        AttentionPlan plan = flat.plan(AttentionPlan.PLAIN, sites);
        assertThat(nested.plan(AttentionPlan.PLAIN, sites)).isEqualTo(plan);
        Map<String, INDArray> expected =
                flat.control(0, AttentionControl.identity(8)).feeds(plan, sites, DataType.FLOAT);
        Map<String, INDArray> actual =
                nested.control(0, AttentionControl.identity(8)).feeds(plan, sites, DataType.FLOAT);
        assertThat(actual).containsOnlyKeys(expected.keySet());
        expected.forEach((name, feed) -> assertSameBits(name, get(actual, name), feed));
    }

    @Test
    void anEditInAMaskLeavesTheSourceOutside() {
        INDArray mask = Nd4j.zeros(DataType.FLOAT, 16, 16);
        mask.get(NDArrayIndex.interval(2, 9), NDArrayIndex.interval(5, 16)).assign(1);
        INDArray latents = draw(new KeepOutside(mask), 7.5, CIRCLE, STAR);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                boolean same = latents.getDouble(0, 1, y, x) == latents.getDouble(1, 1, y, x);
                assertThat(same).as("%d, %d", y, x).isEqualTo(mask.getDouble(y, x) == 0);
            }
        }
        INDArray everywhere = draw(new KeepOutside(Nd4j.ones(16, 16)), 7.5, CIRCLE, STAR);
        assertSameBits("everywhere", everywhere, draw(EditProgram.NONE, 7.5, CIRCLE, STAR));
    }

    @Test
    void saysWhatDoesNotFit() {
        var one = new SideBySide(List.of(new Member(EditProgram.NONE, 1)), true);
        assertThatThrownBy(() -> draw(one, 7.5, CIRCLE, STAR)).hasMessageContaining("the batch has 2");
        assertThatThrownBy(() -> new SideBySide(List.of(), true)).hasMessageContaining("no edits");
        assertThatThrownBy(() -> new KeepOutside(Nd4j.ones(4))).hasMessageContaining("[4]");
        assertThatThrownBy(() -> draw(new KeepOutside(Nd4j.ones(8, 8)), 7.5, CIRCLE, STAR))
                .hasMessageContaining("[8, 8]");
        AttentionControl part = AttentionControl.identity(2);
        assertThatThrownBy(() -> AttentionControl.identity(2).rows(new int[] {0, 2}, part))
                .hasMessageContaining("[0, 2] of 2");
    }

    private static EditPrompts prompts(String source, String target) {
        return EditPrompts.of(source, List.of(target), model.tokenizer()::encode);
    }

    private static PromptWords words(String prompt) {
        return PromptWords.of(prompt, model.tokenizer()::encode);
    }

    private static INDArray draw(EditMethod program, double guidance, String... prompts) {
        INDArray[] start = new INDArray[prompts.length];
        Arrays.fill(start, noise());
        return model.generate(GenerationRequest.of(prompts)
                        .scheduler(new DdimScheduler(model.components().schedulerConfig()))
                        .steps(STEPS)
                        .guidance(guidance)
                        .latents(Nd4j.concat(0, start))
                        .with(program)
                        .build())
                .finish();
    }

    private static INDArray rows(INDArray array, int from, int to) {
        return array.get(NDArrayIndex.interval(from, to));
    }

    private static INDArray get(Map<String, INDArray> feeds, String name) {
        return Objects.requireNonNull(feeds.get(name), name);
    }
}
