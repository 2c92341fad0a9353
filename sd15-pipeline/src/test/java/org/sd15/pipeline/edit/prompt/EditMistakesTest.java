package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.words.Prompts;
import org.sd15.pipeline.words.Window;

/** What an edit by words refuses, and what it says. */
class EditMistakesTest {

    static Stream<Arguments> mistakes() {
        PromptToPrompt edit = PromptToPrompt.of(Prompts.edit("a cat", "a dog", "a red dog"));
        RowLayout rows = new RowLayout(3, true);
        return Stream.of(
                mistake("a window of steps from 0.5 to 1.2", () -> new Window(0.5, 1.2)),
                mistake("a window of steps from -0.1 to 1.0", () -> new Window(-0.1, 1)),
                mistake("a window of steps from 0.6 to 0.4", () -> new Window(0.6, 0.4)),
                mistake("a window of steps from 0.0 to NaN", () -> Window.until(Double.NaN)),
                mistake("the weight of \"dog\" is NaN", () -> edit.weight("dog", Double.NaN)),
                mistake("the weight of \"dog\" is Infinity", () -> edit.weight("dog", Double.POSITIVE_INFINITY)),
                mistake(
                        "\"cat\" is not in the prompt \"a dog\"; its words are: a, dog; the word",
                        () -> edit.weight("cat", 2)),
                mistake(
                        "\"cat\" is not in the prompt \"a red dog\"; its words are: a, red, dog",
                        () -> edit.crossSteps(new CrossGate(Window.ALWAYS).word("cat", Window.ALWAYS))),
                mistake("words are replaced one by one", () -> edit.align(AlignmentMode.REPLACE)),
                mistake("halved -1 times", () -> edit.selfLimit(-1)),
                mistake(
                        "an edit with 2 targets is of 3 pictures, the batch has 2",
                        () -> edit.over(5, new RowLayout(2, true))),
                mistake("an edit over 0 steps", () -> edit.over(0, rows)),
                mistake("step 5 of 5", () -> edit.over(5, rows).tokenMap(5)),
                mistake("step -1 of 5", () -> edit.over(5, rows).selfRouting(-1)),
                mistake("a batch of 0 pictures", () -> new RowLayout(0, false)),
                mistake("0 rows for each picture", () -> new RowLayout(1, 0)),
                mistake("picture 3 of 3", () -> rows.conditional(3)),
                mistake("an edit of \"a cat\" needs at least one target", () -> Prompts.edit("a cat")),
                mistake("a grid of 0 x 3", () -> new Grid(0, 3)));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void refusesWithOneClearError(String message, ThrowingCallable mistake) {
        assertThatThrownBy(mistake)
                .isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class)
                .hasMessageContaining(message);
    }

    private static Arguments mistake(String message, ThrowingCallable call) {
        return Arguments.of(message, call);
    }
}
