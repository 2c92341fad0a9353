package org.sd15.importer.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrictJsonTest {

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("file.json"), text, ISO_8859_1);
    }

    @Test
    void saysWhichByteIsNotUtf8() throws IOException {
        Path file = file("{\"a\": \"\u00e9\"}");
        assertThatThrownBy(() -> StrictJson.readObject(file))
                .isInstanceOf(ImportException.class)
                .hasMessage(file + ": the JSON text is not UTF-8: see its byte 7");
        Path late = file("{\"a\": \"" + "x".repeat(100_000) + "\u00ff\"}");
        assertThatThrownBy(() -> StrictJson.readObject(late)).hasMessageEndingWith("see its byte 100,007");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '!', textBlock = """
        {"a": "\\ud800"}        | the text "\\ud800" has half of a surrogate pair
        {"\\udc00x": 1}         | Unexpected low surrogate in field name: 0xdc00
        {"a": "\\ud83d\\ud83d"} | has half of a surrogate pair
        {"a": 1, "a": 2}        | Duplicate field 'a'
        {"a": 1} {}             | it goes on after its object
        [1]                     | holds no JSON object
        """)
    void refusesWhatNoFileOfAModelHas(String text, String message) throws IOException {
        Path file = file(text);
        assertThatThrownBy(() -> StrictJson.readObject(file))
                .isInstanceOf(ImportException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void readsCharactersBeyondTheBasicPlane() throws IOException {
        assertThat(StrictJson.readObject(file("{\"\\ud83d\\ude00\": \"\\ud83d\\ude00\"}"))
                        .get("\ud83d\ude00")
                        .textValue())
                .isEqualTo("\ud83d\ude00");
    }

    @Test
    void readsAMegabyteOfAConfigurationAndSixtyFourOfAnIndex() throws IOException {
        Path file = file("{\"a\": \"" + "x".repeat(1 << 20) + "\"}");
        assertThatThrownBy(() -> StrictJson.readObject(file)).hasMessageContainingAll("1,048,585 bytes", "1,048,576");
        assertThat(StrictJson.readIndex(file).get("a").textValue()).hasSize(1 << 20);
    }

    @Test
    void errorsEscapeWhatATerminalWouldObey() {
        assertThat(new ImportException(Path.of("x"), "has \u001b[2J")).hasMessage("x: has \\u001b[2J");
        assertThat(Shown.of("one\ntwo\u202e\u2028")).isEqualTo("one\\ntwo\\u202e\\u2028");
        assertThat(Shown.of("n".repeat(1000))).isEqualTo("n".repeat(600) + "... (1,000 characters)");
    }
}
