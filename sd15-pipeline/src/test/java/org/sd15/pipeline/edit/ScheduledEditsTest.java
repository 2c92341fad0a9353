package org.sd15.pipeline.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.pipeline.ShapesModel.noise;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.attend.AttendRequest;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.testing.Rule;

/** Edits under prompts that say other things at other steps: each step takes the words that are in force there. */
class ScheduledEditsTest {

    private static final int STEPS = 4;
    private static final UnaryOperator<RunSettings> SAMPLING =
            usual -> usual.steps(STEPS).latents(noise()).promptStyle(PromptStyle.WEBUI);

    private static final INDArray PICTURE = Rule.picture("scheduled.picture", DataType.FLOAT, 1, 3, 64, 64)
            .add(1)
            .div(2);

    private static StableDiffusion model;

    enum Method {
        PROMPT_TO_PROMPT,
        BLENDED,
        MASACTRL,
        ATTEND,
        HEAT_MAP;

        Denoising run(String prompt) {
            return switch (this) {
                case PROMPT_TO_PROMPT -> edit(prompt).run();
                case BLENDED ->
                    EditRequest.of(CIRCLE, prompt)
                            .edit(edit -> edit.weight("red", 2)
                                    .blend(Blend.of("circle", "red").resolution(new Grid(8, 8))))
                            .sampling(SAMPLING)
                            .on(model)
                            .run();
                case MASACTRL ->
                    MasaCtrlRequest.of(CIRCLE, prompt)
                            .control(usual -> usual.fromStep(1))
                            .sampling(SAMPLING)
                            .on(model)
                            .run();
                case ATTEND ->
                    AttendRequest.of(prompt, List.of("red"))
                            .method(usual -> usual.attempts(1))
                            .sampling(SAMPLING)
                            .on(model)
                            .run();
                case HEAT_MAP ->
                    HeatMapRequest.of(prompt).sampling(SAMPLING).on(model).run();
            };
        }
    }

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Editing edit(String target) {
        return EditRequest.of(CIRCLE, target)
                .edit(edit -> edit.crossSteps(0.9))
                .withHeatMaps()
                .sampling(SAMPLING)
                .on(model);
    }

    private static String with(String shape) {
        return STAR.replace("star", shape);
    }

    private static List<INDArray> latents(Denoising run) {
        List<INDArray> latents = new ArrayList<>();
        run.finish(step -> latents.add(step.latents().dup()));
        return latents;
    }

    @ParameterizedTest
    @EnumSource
    void aScheduleThatNeverChangesIsItsText(Method method) {
        INDArray star = method.run(STAR).finish();

        assertSameBits("after none", method.run(with("[circle:star:0]")).finish(), star);
        assertSameBits("after all", method.run(with("[star:circle:1.0]")).finish(), star);
        assertSameBits("turns", method.run(with("[star|star]")).finish(), star);
    }

    @ParameterizedTest
    @EnumSource
    void stepsTakeTheWordsThatAreInForce(Method method) {
        List<INDArray> star = latents(method.run(STAR));
        List<INDArray> both = latents(method.run(with("[star:green square:2]")));
        List<INDArray> turns = latents(method.run(with("[star|green square]")));

        assertSameBits("first", turns.get(0), star.get(0));
        assertThat(largestDifference(turns.get(1), star.get(1))).isGreaterThan(1e-4);
        assertSameBits("second", both.get(1), star.get(1));
        assertThat(largestDifference(both.get(2), star.get(2))).isGreaterThan(1e-4);
    }

    /** A word's map adds up the steps that say it; a word that stays has those of all steps. */
    @Test
    void mapsAreOfTheWordsOfEachStep() {
        HeatMapRun plain = HeatMapRequest.of(CIRCLE).sampling(SAMPLING).on(model);
        plain.run().next();
        plain.run().next();
        PromptHeatMaps half = plain.maps();
        HeatMapRun scheduled = HeatMapRequest.of(with("[circle:big star:2]"))
                .sampling(SAMPLING)
                .on(model);
        scheduled.run().finish();
        PromptHeatMaps maps = scheduled.maps();

        assertThat(maps.words().keySet())
                .containsExactly("a", "large", "red", "circle", "big", "star", "on", "gray", "background");
        assertThat(maps.word("circle").values())
                .containsExactly(half.word("circle").values());
        assertThat(maps.word("star").values()).isNotEqualTo(new float[256]);
        double more = sum(maps.word("red").values()) / sum(half.word("red").values());
        assertThat(more).isBetween(1.5, 2.5);
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    @Test
    void anEditHasTheMapsOfAllItsWords() {
        Editing editing = edit(with("[square:star:2]"));
        editing.run().finish();

        assertThat(editing.heatMaps(1).orElseThrow().words()).containsKeys("square", "star", "red");
        assertThat(editing.heatMaps(0).orElseThrow().words())
                .containsKeys("circle")
                .doesNotContainKey("star");
    }

    @Test
    void refusesWordsThatAreNotThereAtSomeStep() {
        String schedule = with("[square:star:2]");
        assertThatThrownBy(() -> EditRequest.of(CIRCLE, schedule)
                        .edit(edit -> edit.blend(Blend.of("circle", "star")))
                        .sampling(SAMPLING)
                        .on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"star\"")
                .hasMessageContaining(with("square"));
        assertThatThrownBy(() -> AttendRequest.of(schedule, List.of("star"))
                        .sampling(SAMPLING)
                        .on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"star\"");
        assertThatThrownBy(() -> MasaCtrlRequest.of(CIRCLE, schedule)
                        .control(usual -> usual.foreground(new Foreground.Words("circle", "star", 0.1)))
                        .sampling(SAMPLING)
                        .on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "\"%s\" says other things at other steps: masks are of words that are there in all steps; give"
                                + " masks, or write one text",
                        schedule);
    }

    /** By the formula: the guided difference of composed prompts is the weighted sum of the differences of single ones. */
    @Test
    void deltaDenoisingComposesPrompts() {
        assertSameBits("a weight of 0", delta(STAR + " AND " + CIRCLE + ":0"), delta(STAR));
        INDArray start = model.components().latents(PICTURE);
        INDArray composed = delta(STAR + ":0.5 AND " + with("square") + ":0.75").sub(start);
        INDArray none = delta("").sub(start);
        INDArray star = delta(STAR).sub(start);
        INDArray square = delta(with("square")).sub(start);
        INDArray sum = none.add(star.sub(none).mul(0.5)).add(square.sub(none).mul(0.75));
        assertClose("sum", composed, sum, 1e-4);
        assertThatThrownBy(() -> delta(STAR + " AND [a:b:2]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("levels of noise come in no order here; write one text");
    }

    private static INDArray delta(String target) {
        return DeltaDenoisingRequest.of(CIRCLE, target, PICTURE)
                .iterations(1)
                .promptStyle(PromptStyle.WEBUI)
                .on(model)
                .finish();
    }
}
