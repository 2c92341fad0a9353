package org.sd15.pipeline.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.pipeline.prompt.EditedText.Alternation;
import org.sd15.pipeline.prompt.EditedText.Constant;
import org.sd15.pipeline.prompt.EditedText.Sequence;
import org.sd15.pipeline.prompt.EditedText.Switch;

/** Against a parser of another kind, by the web UI's documentation. */
class WebuiPromptTest {

    static Stream<Arguments> cases() throws IOException {
        return PromptCases.of("webui");
    }

    @Test
    void thereAreManyCases() throws IOException {
        assertThat(cases()).hasSizeGreaterThan(90);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void hasTheSameTextsAndWeightsAtEachStep(String text, JsonNode expected) {
        WebuiPrompt prompt = WebuiPrompt.parse(text);
        int steps = expected.get("steps").asInt();

        assertThat(prompt.loras())
                .isEqualTo(PromptCases.list(
                        expected.get("loras"),
                        tag -> new LoraTag(tag.get(0).asText(), tag.get(1).asDouble())));
        assertThat(prompt.parts()).hasSameSizeAs(expected.get("parts"));
        for (int i = 0; i < prompt.parts().size(); i++) {
            WebuiPrompt.Part part = prompt.parts().get(i);
            JsonNode same = expected.get("parts").get(i);
            assertThat(part.weight()).isEqualTo(same.get("weight").asDouble());
            JsonNode runs = same.get("runs");
            int run = 0;
            for (int step = 1; step <= steps; step++) {
                run += run + 1 < runs.size() && runs.get(run + 1).get("step").asInt() == step ? 1 : 0;
                assertThat(part.sections(step, steps))
                        .as("step %d", step)
                        .isEqualTo(PromptCases.list(
                                runs.get(run).get("sections"), one -> PromptCases.list(one, PromptCases::fragment)));
            }
        }
    }

    @Test
    void isATree() {
        EditedText text = WebuiPrompt.parse("a [[red|blue]:(green:1.2):0.5] cat")
                .parts()
                .get(0)
                .text();
        assertThat(text)
                .isEqualTo(new Sequence(List.of(
                        new Constant("a "),
                        new Switch(
                                new Alternation(List.of(new Constant("red"), new Constant("blue"))),
                                new Constant("(green:1.2)"),
                                "0.5"),
                        new Constant(" cat"))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            (cat:1.2.3)       | the weight "1.2.3" of a prompt is not a number; write it as in (word:1.2)
            <lora:a:b>        | <lora:a:b> in the prompt is not <lora:NAME> or <lora:NAME:SCALE>
            <lora:a:1:2>      | <lora:a:1:2> in the prompt is not <lora:NAME> or <lora:NAME:SCALE>
            <hypernet:a:1>    | the prompt asks for <hypernet:a:1>: only <lora:NAME:SCALE> is known here
            """)
    void refusesWhatItCannotRead(String prompt, String message) {
        assertThatThrownBy(() -> WebuiPrompt.parse(prompt).parts().get(0).sections(1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a (cat:1.2)", "a BREAK b", "<lora:ink:0.8> a", "(a b : .5 )"})
    void tellsItsOwnSyntax(String prompt) {
        assertThat(WebuiPrompt.looksLike(prompt)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a cat (small)", "a \\(cat:1.2)", "a ratio of 16:9", "BREAKING", "<cat> [x]", ""})
    void takesNoOtherTextForIt(String prompt) {
        assertThat(WebuiPrompt.looksLike(prompt)).isFalse();
    }

    /** A thread's stack is not endless; a prompt may be, as it can come from a file. */
    @Test
    void refusesBracketsThatAreNestedTooDeep() {
        String message = "brackets within brackets more than 100 deep";
        assertThatThrownBy(() -> WebuiPrompt.parse("[".repeat(200) + "a" + ":2]".repeat(200)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
        assertThatThrownBy(() -> CompelPrompt.parse("(".repeat(200) + "a" + ")".repeat(200)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
        assertThat(WebuiPrompt.parse("[".repeat(90) + "a" + ":2]".repeat(90)).parts())
                .hasSize(1);
        assertThat(CompelPrompt.parse("(".repeat(90) + "a" + ")".repeat(90)).fragments())
                .containsExactly(new Fragment("a", 1));
    }

    /** An expression that calls itself for each symbol ends with the stack. */
    @Test
    void readsALongWord() {
        String word = "a-".repeat(20_000) + "b";
        assertThat(CompelPrompt.parse(word).fragments()).containsExactly(new Fragment(word, 1));
    }
}
