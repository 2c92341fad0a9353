package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.pipeline.edit.prompt.EditedMaps.apply;
import static org.sd15.pipeline.edit.prompt.EditedMaps.difference;
import static org.sd15.pipeline.edit.prompt.EditedMaps.probs;
import static org.sd15.pipeline.edit.prompt.EditedMaps.rows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.Prompts;
import org.sd15.pipeline.words.Window;
import org.sd15.testing.Fixture;

/** Edited attention maps and gates, against the controllers of PnPInversion: see tools/reference/make_edit.py. */
class PublishedEditsTest {

    static Stream<Arguments> publishedEdits() {
        List<Arguments> edits = Prompts.cases("edits").toList();
        return IntStream.range(0, edits.size())
                .mapToObj(i -> Arguments.of(i, edits.get(i).get()[0]));
    }

    static Stream<Arguments> publishedGates() {
        return Prompts.cases("gates");
    }

    /** The published results are in float32 and up to 3; what is behind them is computed in double precision here. */
    @ParameterizedTest
    @MethodSource("publishedEdits")
    void editsMapsAsThePublishedControllers(int number, JsonNode expected) {
        PromptToPrompt edit = edit(expected);
        int pictures = edit.prompts().pictures();
        INDArray results = Fixture.of("sd15-pipeline", "edit/edit").get("edit." + number);
        INDArray probs = probs("edit." + number, pictures);
        List<Integer> indices = Prompts.integers(expected.get("index"));
        for (boolean guided : new boolean[] {false, true}) {
            RowLayout rows = new RowLayout(pictures, guided);
            PromptToPromptControls controls = edit.over(indices.size(), rows);
            INDArray batch = guided ? Nd4j.concat(0, probs("unconditional", pictures), probs) : probs;
            for (int step = 0; step < indices.size(); step++) {
                double[][][] after = apply(controls.tokenMap(step), batch);
                double[][][] wanted = rows(results.slice(indices.get(step)));
                for (int picture = 0; picture < pictures; picture++) {
                    assertThat(difference(after[rows.conditional(picture)], wanted[picture]))
                            .as("step %d, picture %d", step, picture)
                            .isLessThan(2e-7);
                }
            }
        }
    }

    /** P2P-9 and more: which steps of 3 to 100 lie in a window. */
    @ParameterizedTest
    @MethodSource("publishedGates")
    void opensItsGatesInTheStepsOfThePublishedCode(JsonNode expected) {
        int steps = expected.get("steps").asInt();
        Window window =
                new Window(expected.get("low").asDouble(), expected.get("high").asDouble());
        PromptToPromptControls controls = PromptToPrompt.of(Prompts.edit("a cat", "a dog"))
                .crossSteps(new CrossGate(window))
                .selfSteps(window)
                .over(steps, new RowLayout(2, true));

        assertThat(stepsWhere(steps, step -> controls.tokenMap(step).mixed().getDouble(3, 0, 0, 5) == 1))
                .isEqualTo(Prompts.integers(expected.get("cross")));
        assertThat(stepsWhere(steps, step -> controls.selfRouting(step).getDouble(3, 2) == 1))
                .isEqualTo(Prompts.integers(expected.get("self")));
    }

    /** The published code has a rule of always where there are only words. */
    private static PromptToPrompt edit(JsonNode expected) {
        List<String> prompts = Prompts.texts(expected.get("prompts"));
        EditPrompts edit =
                Prompts.edit(prompts.get(0), prompts.subList(1, prompts.size()).toArray(String[]::new));
        PromptToPrompt result = PromptToPrompt.of(edit.conforming(Conformance.REFERENCE))
                .align(expected.get("replace").asBoolean() ? AlignmentMode.REPLACE : AlignmentMode.REFINE);
        CrossGate gate = new CrossGate(Window.ALWAYS);
        JsonNode cross = expected.get("cross");
        if (cross.isNumber()) {
            gate = new CrossGate(Window.until(cross.asDouble()));
        } else if (cross.has("default_")) {
            gate = new CrossGate(window(cross.get("default_")));
        }
        for (Map.Entry<String, JsonNode> word : cross.properties()) {
            gate = word.getKey().equals("default_") ? gate : gate.word(word.getKey(), window(word.getValue()));
        }
        result = result.crossSteps(gate);
        for (JsonNode weights : expected.get("weights")) {
            for (Map.Entry<String, JsonNode> weight : weights.properties()) {
                result = result.weight(weight.getKey(), weight.getValue().asDouble());
            }
        }
        return result;
    }

    private static Window window(JsonNode bounds) {
        return bounds.isNumber()
                ? Window.until(bounds.asDouble())
                : new Window(bounds.get(0).asDouble(), bounds.get(1).asDouble());
    }

    private static List<Integer> stepsWhere(int steps, IntPredicate open) {
        return IntStream.range(0, steps).filter(open).boxed().toList();
    }
}
