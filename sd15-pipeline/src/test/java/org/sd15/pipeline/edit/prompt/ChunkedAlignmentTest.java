package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.testing.Fixture;

/** Prompts of several chunks are aligned as their chunks are by themselves, at shifted positions. */
class ChunkedAlignmentTest {

    private static final int KEYS = 77;

    private static ClipTokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        tokenizer = ClipTokenizer.load(Fixture.resource("sd15-pipeline", "tokenizer"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            REPLACE       | a photo of a cat on grass | a photo of a hippopotamus on grass | a red soup  | a blue soup
            REPLACE       | a hippopotamus            | a cat                              | soup, night | hippopotamus, day
            REFINE        | a cat sitting             | a silver cat sculpture sitting     | a red soup  | soup
            REFINE        | a house on a mountain     | a house on a mountain at fall      | night       | night sky
            SAME_POSITION | a cat                     | a hippopotamus eats                | a           | b c
            """)
    void chunksAreAlignedByThemselves(
            AlignmentMode mode, String source, String target, String otherSource, String otherTarget) {
        PromptAlignment first = align(source, target, PromptStyle.PLAIN, mode);
        PromptAlignment second = align(otherSource, otherTarget, PromptStyle.PLAIN, mode);
        PromptAlignment both =
                align(source + " BREAK (" + otherSource, target + " BREAK [" + otherTarget, PromptStyle.WEBUI, mode);

        double[][] expected = new double[2 * KEYS][2 * KEYS];
        for (int i = 0; i < KEYS; i++) {
            System.arraycopy(first.matrix()[i], 0, expected[i], 0, KEYS);
            System.arraycopy(second.matrix()[i], 0, expected[KEYS + i], KEYS, KEYS);
        }
        assertThat(both.matrix()).isDeepEqualTo(expected);
        assertThat(both.added())
                .hasSize(first.added().size() + second.added().size())
                .containsAll(first.added());
        assertThat(both.added())
                .containsAll(second.added().stream().map(token -> KEYS + token).toList());
    }

    @ParameterizedTest
    @CsvSource({"REPLACE", "REFINE", "SAME_POSITION"})
    void aPromptIsAlignedWithItselfByTheIdentity(AlignmentMode mode) {
        String prompt = "hippopotamus and ".repeat(40) + "BREAK a (cat:1.2) BREAK BREAK dog";
        double[][] matrix = align(prompt, prompt, PromptStyle.WEBUI, mode).matrix();

        assertThat(matrix).hasDimensions(6 * KEYS, 6 * KEYS);
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix.length; j++) {
                assertThat(matrix[i][j]).isEqualTo(i == j ? 1 : 0);
            }
        }
    }

    /** 75 words fill a chunk; the new one at the start pushes the last of them into the next. */
    @Test
    void aWordFollowsItsOwnIntoAnotherChunk() {
        String rest = "w ".repeat(74) + "cat BREAK dog";
        PromptAlignment refined = align(rest, "red " + rest, PromptStyle.WEBUI, AlignmentMode.REFINE);

        assertThat(refined.target().keys()).isEqualTo(3 * KEYS);
        assertThat(refined.source().keys()).isEqualTo(3 * KEYS);
        assertThat(refined.added()).containsExactly(1);
        assertThat(refined.sources(2)).containsExactly(1);
        assertThat(refined.target().tokens("cat")).containsExactly(78);
        assertThat(refined.sources(78)).containsExactly(75);
        assertThat(refined.sources(77)).containsExactly(77);
        assertThat(refined.sources(79)).containsExactly(79);
        assertThat(refined.target().tokens("dog")).containsExactly(155);
        assertThat(refined.sources(155)).containsExactly(78);
        assertThat(refined.sources(156)).containsExactly(79);
    }

    /** The web UI fills the shorter prompt up with chunks of the empty one. */
    @Test
    void theShorterPromptIsFilledUp() {
        PromptAlignment replaced =
                align("a cat here", "w ".repeat(2) + "BREAK dog", PromptStyle.WEBUI, AlignmentMode.REPLACE);

        assertThat(replaced.source().keys()).isEqualTo(2 * KEYS);
        assertThat(replaced.sources(0)).containsExactly(0);
        assertThat(replaced.sources(1)).containsExactly(1);
        assertThat(replaced.sources(78)).containsExactly(3);
        assertThat(replaced.sources(3)).as("end token of the first chunk").containsExactly(4);
        assertThat(replaced.sources(77)).containsExactly(77);
        assertThat(replaced.sources(79)).as("end token of the second chunk").containsExactly(78);
    }

    @Test
    void wordsOfAllChunksAreShown() {
        assertThat(align("a cat BREAK a (red:1.1) dog", "a cow BREAK a red pig", PromptStyle.WEBUI, AlignmentMode.AUTO)
                        .table())
                .isEqualTo("""
                        source | tokens | target | tokens | how
                        a      | 1      | a      | 1      | copied
                        cat    | 2      | cow    | 2      | replaced
                        a      | 78     | a      | 78     | copied
                        red    | 79     | red    | 79     | copied
                        dog    | 80     | pig    | 80     | replaced
                        """);
    }

    @Test
    void thePublishedCodeKnowsNoChunks() {
        EditPrompts prompts = EditPrompts.of("a BREAK b", List.of("a BREAK c"), PromptStyle.WEBUI, tokenizer);

        assertThatThrownBy(() -> PromptToPrompt.of(prompts.conforming(Conformance.REFERENCE)))
                .hasMessage("the published code aligns prompts of 77 tokens, \"a BREAK c\" has 154");
    }

    private static PromptAlignment align(String source, String target, PromptStyle style, AlignmentMode mode) {
        EditPrompts prompts = EditPrompts.of(source, List.of(target), style, tokenizer);
        return PromptAlignment.of(prompts.source(), prompts.targets().get(0), mode);
    }
}
