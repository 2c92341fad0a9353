package org.sd15.importer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.importer.io.ImportException;

class ConfigReaderTest {

    private enum Colour {
        red,
        green
    }

    @TempDir
    private Path folder;

    private ConfigReader read(String json) throws IOException {
        return ConfigReader.read(Files.writeString(folder.resolve("config.json"), json));
    }

    @Test
    void readsEveryKindOfValue() throws IOException {
        ConfigReader config = read("""
                {"int": 7, "double": 1e-6, "whole": 2, "flag": true, "text": "silu", "ints": [1, 2], "doubles": [0.5, 1],
                 "texts": ["a", "b"], "shade": "dark", "colours": ["green", "red"], "list": [8, 8, 8], "one": 8}
                """);
        assertThat(config.integer("int", 0)).isEqualTo(7);
        assertThat(config.number("double", 0)).isEqualTo(1e-6);
        assertThat(config.number("whole", 0)).isEqualTo(2);
        assertThat(config.flag("flag", false)).isTrue();
        assertThat(config.text("text", "")).isEqualTo("silu");
        assertThat(config.integers("ints", List.of())).containsExactly(1, 2);
        assertThat(config.numbers("doubles", List.of())).containsExactly(0.5, 1.0);
        assertThat(config.texts("texts", List.of())).containsExactly("a", "b");
        assertThat(config.choice("shade", Map.of("dark", 1, "light", 2), "light"))
                .isEqualTo(1);
        assertThat(config.constants("colours", Colour.class, List.of())).containsExactly(Colour.green, Colour.red);
        assertThat(config.sameEverywhere("list", 0)).isEqualTo(8);
        assertThat(config.sameEverywhere("one", 0)).isEqualTo(8);
        config.finish();
    }

    @Test
    void givesDefaultsForAbsentKeys() throws IOException {
        ConfigReader config = read("{}");
        assertThat(config.integer("a", 3)).isEqualTo(3);
        assertThat(config.number("b", 0.5)).isEqualTo(0.5);
        assertThat(config.flag("c", true)).isTrue();
        assertThat(config.text("d", "x")).isEqualTo("x");
        assertThat(config.integers("e", List.of(1))).containsExactly(1);
        assertThat(config.constants("f", Colour.class, List.of(Colour.red))).containsExactly(Colour.red);
        assertThat(config.sameEverywhere("g", 8)).isEqualTo(8);
        assertThat(config.choice("j", Map.of("dark", 1, "light", 2), "light")).isEqualTo(2);
        assertThat(config.has("a")).isFalse();
        config.only("h", "silu");
        config.finish();
    }

    @Test
    void listsAllRefusalsInOneMessage() throws IOException {
        ConfigReader config = read("""
                {"act_fn": "gelu", "channels": "four", "dual": true, "count": 3, "_version": "1", "off": false, "none": null,
                 "hint": 99}
                """);
        config.only("act_fn", "silu", "swish");
        assertThat(config.integer("channels", 4)).isEqualTo(4);
        config.irrelevant("hint");
        assertThatThrownBy(config::finish)
                .isInstanceOf(ImportException.class)
                .hasMessage(folder.resolve("config.json")
                        + ": act_fn is \"gelu\", must be one of \"silu\", \"swish\"; channels is \"four\", must be a whole"
                        + " number; dual is true, which is not supported; count is 3, which is not supported");
    }

    static Stream<Arguments> misfits() {
        return Stream.of(
                misfit("1.5", config -> config.integer("k", 0), "a whole number"),
                misfit("4294967296", config -> config.integer("k", 0), "a whole number"),
                misfit("null", config -> config.integer("k", 0), "a whole number"),
                misfit("\"1\"", config -> config.number("k", 0), "a number"),
                misfit("0", config -> config.flag("k", false), "true or false"),
                misfit("1", config -> config.text("k", ""), "a text"),
                misfit("3", config -> config.integers("k", List.of()), "a list of whole numbers"),
                misfit("[1,\"2\"]", config -> config.integers("k", List.of()), "a list of whole numbers"),
                misfit("[true]", config -> config.numbers("k", List.of()), "a list of numbers"),
                misfit("[1]", config -> config.texts("k", List.of()), "a list of texts"),
                misfit("[\"blue\"]", config -> config.constants("k", Colour.class, List.of()), "red, green"),
                misfit("\"dim\"", config -> config.choice("k", Map.of("b", 1, "a", 2), "a"), "one of a, b"),
                misfit("[5,10,20]", config -> config.sameEverywhere("k", 8), "a list of equal ones"),
                misfit("[]", config -> config.sameEverywhere("k", 8), "a list of equal ones"),
                misfit("[[1]]", config -> config.sameEverywhere("k", 8), "a list of equal ones"),
                misfit("null", config -> config.only("k", "x"), "must be \"x\""),
                misfit("2", config -> config.only("k", 1), "must be 1"),
                misfit("\"true\"", config -> config.only("k", true), "must be true"),
                misfit("false", config -> config.only("k", true), "must be true"),
                misfit("0", config -> {}, "not supported"),
                misfit("[]", config -> {}, "not supported"));
    }

    private static Arguments misfit(String value, Consumer<ConfigReader> use, String expected) {
        return Arguments.of(value, use, expected);
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void namesTheKeyItsValueAndWhatItMustBe(String value, Consumer<ConfigReader> use, String expected)
            throws IOException {
        ConfigReader config = read("{\"k\": %s}".formatted(value));
        use.accept(config);
        assertThatThrownBy(config::finish)
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("config.json: k is " + value, expected);
    }

    @ParameterizedTest
    @CsvSource({"1, 1.0", "1.0, 1", "1e0, 1"})
    void comparesNumbersByValue(String value, double implemented) throws IOException {
        ConfigReader config = read("{\"k\": %s}".formatted(value));
        config.only("k", implemented);
        config.finish();
    }

    @Test
    void shortensLongValues() throws IOException {
        ConfigReader config = read("{\"k\": \"%s\"}".formatted("x".repeat(5000)));
        assertThatThrownBy(config::finish)
                .hasMessageContaining("xxx...")
                .extracting(Throwable::getMessage)
                .matches(message -> message.length() < 400);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a": 1, "a": 2}    | Duplicate field 'a'
            {"a": 1             | not valid JSON
            {"a": 1} x          | not valid JSON
            [1]                 | holds no JSON object
            ``                  | holds no JSON object
            """)
    void refusesWhatIsNotOneObject(String json, String error) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("config.json: ", error);
    }

    @Test
    void refusesDeepNestingWithoutAStackOverflow() {
        assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(100_000)))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("config.json: ", "not valid JSON", "nesting");
    }

    @Test
    void refusesOtherEncodings() throws IOException {
        Path file = Files.write(folder.resolve("config.json"), "{\"é\":1}".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> ConfigReader.read(file)).hasMessageContainingAll("config.json: ", "not UTF-8");
    }

    @Test
    void saysThatTheFileIsMissing() {
        assertThatThrownBy(() -> ConfigReader.read(folder.resolve("lost.json")))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("lost.json", "no such file");
    }
}
