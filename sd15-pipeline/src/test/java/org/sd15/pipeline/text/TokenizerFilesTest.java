package org.sd15.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.importer.io.ImportException;

/** What is wrong with a tokenizer folder is said by file, line and entry. */
class TokenizerFilesTest {

    @TempDir
    private Path folder;

    @Test
    void refusesAFolderWithoutVocabulary() {
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(folder.resolve("vocab.json") + ": a CLIP tokenizer folder holds vocab.json and merges.txt");
    }

    static Stream<Arguments> broken() {
        String special = "\"<|startoftext|>\": 0, \"<|endoftext|>\": 1";
        return Stream.of(
                Arguments.of("[1]", "", "vocab.json: holds no JSON object"),
                Arguments.of("{\"a\": 1", "", "vocab.json: is not valid JSON"),
                Arguments.of(
                        "{\"a\": 1.5}",
                        "",
                        "token \"a\" has the number 1.5; a whole number from 0 to 999999 is expected"),
                Arguments.of("{\"a\": -1}", "", "token \"a\" has the number -1"),
                Arguments.of("{\"a\": 99999999999}", "", "token \"a\" has the number 99999999999"),
                Arguments.of("{\"<|endoftext|>\": 1}", "", "no token \"<|startoftext|>\" among its 1"),
                Arguments.of("{\"<|startoftext|>\": 1}", "", "no token \"<|endoftext|>\" among its 1"),
                Arguments.of(
                        "{" + special + "}", "#version: 0.2\na b c", "merges.txt: line 2: \"a b c\" is not two pieces"),
                Arguments.of("{" + special + "}", "a ", "merges.txt: line 1: \"a \" is not two pieces"),
                Arguments.of("{\"a\": 3, " + special + "}", "a b", "merges.txt: line 1: \"b\" is not in vocab.json"),
                Arguments.of(
                        "{\"a\": 3, \"b\": 4, " + special + "}", "a b", "merges.txt: line 1: \"ab\" is not in vocab"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void refusesABrokenFolder(String vocabulary, String merges, String message) throws IOException {
        write(vocabulary, merges);
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining(message);
    }

    @Test
    void refusesMergesThatAreNotText() throws IOException {
        write("{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}", "");
        Files.write(folder.resolve("merges.txt"), new byte[] {(byte) 0xFF, (byte) 0xFE, 0});
        assertThatThrownBy(() -> ClipTokenizer.load(folder)).hasMessageEndingWith("merges.txt: is not UTF-8 text");
    }

    @Test
    void refusesWhatIsTooLargeForAVocabulary() throws IOException {
        write("{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1000000}", "");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(
                        "token \"<|endoftext|>\" has the number 1000000; a whole number from 0 to 999999");
        for (String name : List.of("merges.txt", "vocab.json")) {
            write("{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}", "");
            try (RandomAccessFile vast =
                    new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
                vast.setLength((16 << 20) + 1);
            }
            assertThatThrownBy(() -> ClipTokenizer.load(folder))
                    .isInstanceOf(ImportException.class)
                    .hasMessage(folder.resolve(name) + ": has 16,777,217 bytes, 16,777,216 at most can be");
        }
    }

    @Test
    void refusesATokenThatHasTwoNumbers() throws IOException {
        write("{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1, \"<|endoftext|>\": 2}", "");
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("vocab.json", "<|endoftext|>");
    }

    @Test
    void showsNoMoreOfALineThanFitsAndNothingThatMovesTheCursor() throws IOException {
        write("{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}", "\u001b[2J" + "x".repeat(1 << 20));
        assertThatThrownBy(() -> ClipTokenizer.load(folder))
                .hasMessageContaining("line 1: \"\uFFFD[2Jxxx")
                .extracting(problem -> problem.getMessage().length())
                .satisfies(length -> assertThat(length).isLessThan(500));
    }

    private void write(String vocabulary, String merges) throws IOException {
        Files.writeString(folder.resolve("vocab.json"), vocabulary);
        Files.writeString(folder.resolve("merges.txt"), merges);
    }
}
