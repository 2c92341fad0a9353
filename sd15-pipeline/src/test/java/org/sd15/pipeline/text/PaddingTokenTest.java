package org.sd15.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.importer.io.ImportException;
import org.sd15.testing.Fixture;

/** Prompts are filled up with the tokenizer's own padding; the numbers are those of transformers 5.23. */
class PaddingTokenTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes/tokenizer");

    @TempDir
    private Path folder;

    @BeforeEach
    void copyTheVocabulary() throws IOException {
        for (String name : new String[] {"vocab.json", "merges.txt"}) {
            Files.copy(SHAPES.resolve(name), folder.resolve(name));
        }
    }

    private String padded(String prompt, int length) throws IOException {
        return Arrays.stream(ClipTokenizer.load(folder, length).encode(prompt).padded())
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            a red circle   ; 625 353 540 563 626 33 33 33 33 33 33 33
            a red! circle! ; 625 353 540 33 563 33 626 33 33 33 33 33
            wow !! red     ; 625 119 111 375 33 33 540 626 33 33 33 33
            a!b            ; 625 353 33 354 626 33 33 33 33 33 33 33
            """)
    void paddingOfTheConfiguration(String prompt, String ids) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": \"!\"}");
        assertThat(padded(prompt, 12)).isEqualTo(ids);
    }

    @Test
    void aPromptThatIsCutStillEnds() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": {\"content\": \"!\"}}");
        assertThat(padded("a red circle", 4)).isEqualTo("625 353 540 626");
        assertThat(padded("a red circle", 5)).isEqualTo("625 353 540 563 626");
        assertThat(padded("a red circle", 6)).isEqualTo("625 353 540 563 626 33");
    }

    /** The map of special tokens counts before the configuration, but not beside {@code added_tokens_decoder}. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            {"pad_token": "<|endoftext|>"}                             ; 625 353 540 33 563 626 33 33 33
            {"pad_token": "<|endoftext|>", "added_tokens_decoder": {}} ; 625 353 540 289 563 626 626 626 626
            """)
    void paddingOfTheMap(String config, String ids) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"!\"}");
        assertThat(padded("a red! circle", 9)).isEqualTo(ids);
    }

    @Test
    void paddingDoesNotAddToTheVocabulary() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": \"!\"}");
        assertThat(ClipTokenizer.load(folder).vocabularySize()).isEqualTo(627);
    }

    @Test
    void paddingThatIsInNoVocabularyIsRefused() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": \"[PAD]\"}");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("tokenizer_config.json", "pad_token \"[PAD]\"", "in no vocabulary");
    }
}
