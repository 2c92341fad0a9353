package org.sd15.pipeline.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is found by the pattern that the web UI documents, and comes back. */
class GenerationParametersTest {

    /** A key of letters, blanks, hyphens and slashes, a colon, and a JSON string or whatever has no comma. */
    private static final Pattern WEB_UI =
            Pattern.compile("\\s*(\\w[\\w \\-/]+):\\s*(\"(?:\\\\.|[^\\\\\"])+\"|[^,]*)(?:,|$)");

    private static Map<String, String> values(String... keysAndValues) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return values;
    }

    private static final Map<String, String> USUAL = values(
            "Steps", "20",
            "Sampler", "DPM++ 2M",
            "Schedule type", "Karras",
            "CFG scale", "7.5",
            "Seed", "18446744073709551615",
            "Size", "512x768",
            "Model", "a, \"b\": c\\d",
            "LoRAs", "größe.safetensors 0.7; zwei.safetensors 1.0");

    @Test
    void theWebUisPatternFindsWhatIsWritten() {
        String text = new GenerationParameters("a cat,\n(sitting:1.2)", "blurry,\nugly", USUAL).text();
        assertThat(text)
                .startsWith("a cat,\n(sitting:1.2)\nNegative prompt: blurry,\nugly\n"
                        + "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, ");
        Matcher found = WEB_UI.matcher(text.substring(text.lastIndexOf('\n') + 1));
        List<String> keys = new ArrayList<>();
        while (found.find()) {
            keys.add(found.group(1));
            String value = java.util.Objects.requireNonNull(USUAL.get(found.group(1)), found.group(1));
            assertThat(found.group(2)).isEqualTo(value.contains(",") ? "\"a, \\\"b\\\": c\\\\d\"" : value);
        }
        assertThat(keys).containsExactlyElementsOf(USUAL.keySet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a cat",
                "a cat, (black:1.3), [white] \\(kitten\\)",
                "Steps: 3, Seed: 4, Size: 5x5",
                "one\ntwo: 2, three: 3, four: 4",
                "a \"quoted\" word, BREAK\n<lora:name:0.8>",
                "ein Stern, größer als 星",
                ""
            })
    void comesBack(String prompt) {
        for (String negative : List.of("", "blurry, (ugly:1.5)\nSteps: many")) {
            GenerationParameters made = new GenerationParameters(prompt, negative, USUAL);
            assertThat(GenerationParameters.parse(made.text())).isEqualTo(made);
        }
    }

    @Test
    void aTextWithoutValuesIsPrompts() {
        assertThat(GenerationParameters.parse("a cat\nNegative prompt: a dog\nwith: two, words: only"))
                .isEqualTo(new GenerationParameters("a cat", "a dog\nwith: two, words: only", Map.of()));
        assertThat(GenerationParameters.parse("")).isEqualTo(new GenerationParameters("", "", Map.of()));
    }

    /** Quotes that are no JSON, or that something follows, are part of the value. */
    @Test
    void readsQuotesOfOthers() {
        assertThat(GenerationParameters.parse("x\nSteps: 1, Seed: 2, A key: \"b, c\" d, Last one: \"\\x\", End: \"")
                        .values())
                .isEqualTo(values("Steps", "1", "Seed", "2", "A key", "\"b", "Last one", "\"\\x\"", "End", "\""));
    }

    /** A text of a stranger takes no time and no stack. */
    @Test
    void readsLongTexts() {
        String quoted = "\"" + "\\n,".repeat(100_000) + "\"";
        String words = "a ".repeat(300_000);
        GenerationParameters read =
                GenerationParameters.parse(words + "\nSteps: 1, Seed: 2, Hires prompt: " + quoted + "," + words);
        assertThat(read.prompt()).hasSize(words.length() - 1);
        assertThat(read.values().get("Hires prompt")).hasSize(200_000);
    }
}
