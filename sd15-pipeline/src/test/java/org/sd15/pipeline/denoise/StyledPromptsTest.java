package org.sd15.pipeline.denoise;

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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.DdimScheduler;

/** Runs of prompts with weights, edits over the steps, compositions and given text states. */
class StyledPromptsTest {

    private static final String LONG = (CIRCLE + ", ").repeat(12);

    private static StableDiffusion model;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @ParameterizedTest
    @EnumSource
    void aPromptWithoutBracketsHasTheBitsOfThePlainOne(PromptStyle style) {
        INDArray plain = request(CIRCLE).negative("a star").build().on(model).finish();

        INDArray styled = request(CIRCLE)
                .negative("a star")
                .promptStyle(style)
                .build()
                .on(model)
                .finish();

        assertSameBits("latents", styled, plain);
    }

    @Test
    void aSwitchComesAfterItsStep() {
        List<INDArray> circle = steps(CIRCLE);
        List<INDArray> star = steps("[star:" + STAR + ":0]");
        List<INDArray> both = steps("a large red [circle:star:0.5] on a gray background");

        assertSameBits("plain from the first step", star.get(3), steps(STAR).get(3));
        assertSameBits("half of the steps", both.get(1), circle.get(1));
        assertThat(largestDifference(both.get(2), circle.get(2))).isGreaterThan(1e-3);
        assertThat(largestDifference(both.get(3), star.get(3))).isGreaterThan(1e-3);
    }

    @Test
    void optionsTakeTurns() {
        List<INDArray> turns = steps("a large red [circle|star] on a gray background");
        assertSameBits("first", turns.get(0), steps(CIRCLE).get(0));
        assertSameBits(
                "second",
                turns.get(1),
                steps("a large red [circle:star:1] on a gray background").get(1));
    }

    @Test
    void halvesOfOnePromptComposeToIt() {
        INDArray whole = steps(CIRCLE).get(3);
        assertClose("halves", steps(CIRCLE + ":0.25 AND " + CIRCLE + ":0.75").get(3), whole, 1e-4);
        assertThat(largestDifference(steps(CIRCLE + " AND " + STAR).get(3), whole))
                .isGreaterThan(1e-2);
    }

    @Test
    void aPartWithoutWeightIsNotThere() {
        INDArray whole = steps(CIRCLE).get(3);
        assertSameBits("none", steps(CIRCLE + " AND " + STAR + ":0").get(3), whole);
        assertClose(
                "less",
                steps(CIRCLE + ":0.5 AND " + STAR + ":0").get(3),
                steps(CIRCLE + ":0.5 AND " + CIRCLE + ":0.0").get(3),
                1e-6);
        assertThat(largestDifference(steps(CIRCLE + ":0.5 AND " + STAR + ":0").get(3), whole))
                .isGreaterThan(1e-3);
    }

    @Test
    void promptsOfABatchMayComposeOthersOrNone() {
        Denoising run = GenerationRequest.of(CIRCLE, CIRCLE + " AND " + STAR + ":0.5")
                .latents(Nd4j.concat(0, noise(), noise()))
                .steps(4)
                .scheduler(new DdimScheduler(model.components().schedulerConfig()))
                .promptStyle(PromptStyle.WEBUI)
                .build()
                .on(model);
        INDArray latents = run.finish();
        assertClose("alone", latents.get(picture(0)), steps(CIRCLE).get(3), 1e-4);
        assertClose(
                "composed",
                latents.get(picture(1)),
                steps(CIRCLE + " AND " + STAR + ":0.5").get(3),
                1e-4);
    }

    @Test
    void addsWeightedDifferences() {
        INDArray prediction = Nd4j.createFromArray(1f, 2f, 5f, 4f, 3f, 10f).reshape(6, 1, 1, 1);
        var rule = new ComposedGuidance(new Guidance(2, 0), List.of(new double[] {1, 0.5}, new double[] {-1, 0.25}));
        // u = (1, 2); composed = (1 + 4 - 2, 2 + 1 + 2) = (3, 5); guided = (5, 8)
        assertThat(rule.apply(prediction).ravel().toFloatVector()).containsExactly(5, 8);
        var unguided = new ComposedGuidance(new Guidance(1, 0), rule.weights());
        assertThat(unguided.apply(prediction).ravel().toFloatVector()).containsExactly(3, 5);
        assertThat(rule.rowsPerPicture()).isEqualTo(3);
    }

    @Test
    void weightsAndWhatIsOverALengthCount() {
        INDArray plain = steps(CIRCLE).get(3);
        assertThat(largestDifference(
                        steps("a large (red:1.4) circle on a gray background").get(3), plain))
                .isGreaterThan(1e-3);
        INDArray cut = request(LONG + STAR).build().on(model).finish();
        INDArray read = steps(LONG + STAR).get(3);
        assertThat(largestDifference(read, cut)).isGreaterThan(1e-3);
    }

    @Test
    void givenStatesAreTheirPrompt() {
        INDArray states = model.encode(List.of(STAR), 0);
        INDArray negative = model.encode(List.of("a circle"), 0);
        INDArray prompt = request(STAR).negative("a circle").build().on(model).finish();

        assertSameBits(
                "both",
                request("").promptStates(states, negative).build().on(model).finish(),
                prompt);
        assertSameBits(
                "with a negative prompt",
                request("")
                        .negative("a circle")
                        .promptStates(states, null)
                        .build()
                        .on(model)
                        .finish(),
                prompt);
    }

    @Test
    void refusesStatesThatDoNotFit() {
        INDArray states = model.encode(List.of(STAR), 0);
        assertThatThrownBy(() -> request("").promptStates(Nd4j.zeros(DataType.FLOAT, 77, 64), null))
                .hasMessage("prompt states are [pictures, tokens, width], these have 2 dimensions");
        assertThatThrownBy(() -> request("").promptStates(states, Nd4j.zeros(DataType.FLOAT, 1, 154, states.size(2))))
                .hasMessageStartingWith("prompt states have 77 tokens of width");
        assertThatThrownBy(() -> request("")
                        .promptStates(Nd4j.zeros(DataType.FLOAT, 3, 77, states.size(2)), null)
                        .build()
                        .on(model))
                .hasMessageMatching("the prompt states are \\[3, 77, \\d+], must be \\[1 or 1, tokens, \\d+]");
        assertThatThrownBy(() -> request("")
                        .promptStates(Nd4j.zeros(DataType.FLOAT, 1, 80, states.size(2)), null)
                        .build()
                        .on(model))
                .hasMessage(
                        "the prompt states have 80 tokens, which is no multiple of 77: give negative ones of that length too");
        assertThatThrownBy(() -> request("")
                        .promptStates(states, null)
                        .promptStyle(PromptStyle.WEBUI)
                        .build())
                .hasMessage("prompt states are given, and a style of prompts: give one of the two");
        assertThatThrownBy(() -> request(CIRCLE + " AND " + STAR)
                        .program(EditProgram.NONE)
                        .promptStyle(PromptStyle.WEBUI)
                        .build()
                        .on(model))
                .hasMessageStartingWith("AND composes the predictions of several prompts, and methods that steer");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a <lora:ink:0.8> cat | '' | the prompt asks for the LoRA "ink": add it to the model, and take its tag out of the prompt
            a cat | a AND b | AND composes prompts; a negative prompt can't have it
            """)
    void refusesWhatARunCannotDo(String prompt, String negative, String message) {
        GenerationRequest request = request(prompt)
                .negative(negative)
                .promptStyle(PromptStyle.WEBUI)
                .build();
        assertThatThrownBy(() -> request.on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static GenerationRequestBuilder request(String prompt) {
        return GenerationRequest.of(prompt)
                .steps(4)
                .scheduler(new DdimScheduler(model.components().schedulerConfig()))
                .latents(noise());
    }

    /** The latents after each of four steps of a prompt of the web UI. */
    private static List<INDArray> steps(String prompt) {
        List<INDArray> latents = new ArrayList<>();
        request(prompt)
                .promptStyle(PromptStyle.WEBUI)
                .build()
                .on(model)
                .forEachRemaining(step -> latents.add(step.latents()));
        return latents;
    }

    private static INDArrayIndex picture(int index) {
        return NDArrayIndex.interval(index, index + 1);
    }
}
