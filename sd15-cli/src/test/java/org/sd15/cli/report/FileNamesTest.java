package org.sd15.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Names of files that are made of words. */
class FileNamesTest {

    private static List<String> names(String... words) {
        FileNames names = FileNames.of(Arrays.asList(words));
        return Arrays.stream(words).map(names::name).toList();
    }

    @Test
    void wordsAndPhrasesAreTheirOwnNames() {
        assertThat(names("star", "red circle", "<|startoftext|>", "grün", "赤い円"))
                .containsExactly("star", "red-circle", "startoftext", "grün", "赤い円");
    }

    @Test
    void wordsThatLookAlikeHaveNamesOfTheirOwn() {
        assertThat(names("red,", "red.", "red", "red 2", "red-3"))
                .containsExactly("red", "red-2", "red-3", "red-2-2", "red-3-2");
        assertThat(names("Red", "red", "RED")).containsExactly("Red", "red-2", "RED-3");
        assertThat(names("gr\u00fcn", "gru\u0308n")).containsExactly("gr\u00fcn", "gr\u00fcn-2"); // one name to macOS
    }

    @Test
    void theSameWordHasOneNameHoweverOftenItIsAskedFor() {
        assertThat(names("a", "b", "a")).containsExactly("a", "b", "a");
    }

    @Test
    void noNameLeavesItsFolderOrNamesADevice() {
        assertThat(names("..", "/etc/passwd", "../x", "a/b", "CON", "nul", "com1", "", "a\u0000b", "🙂"))
                .containsExactly(
                        "u2e-2e", "etc-passwd", "x", "a-b", "CON-2", "nul-2", "com1-2", "empty", "a-b-2", "u1f642");
    }

    @Test
    void longPhrasesAreCutToDistinctNames() {
        List<String> names =
                names("very ".repeat(100) + "red", "very ".repeat(100) + "blue", "円".repeat(200), "🙂".repeat(200));
        assertThat(names).doesNotHaveDuplicates().allSatisfy(name -> {
            assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(90);
            assertThat(name.toLowerCase(Locale.ROOT)).matches("[\\p{L}\\p{N}][\\p{L}\\p{N}-]*");
        });
    }
}
