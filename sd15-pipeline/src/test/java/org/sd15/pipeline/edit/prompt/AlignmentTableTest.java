package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sd15.pipeline.words.Prompts;

/** What people see of an alignment. */
class AlignmentTableTest {

    @Test
    void printsWhatBecomesOfTheWords() {
        assertThat(align("a photo of a cat", "a drawing of a hippopotamus", AlignmentMode.REPLACE)
                        .table())
                .isEqualTo("""
                source | tokens | target       | tokens | how
                a      | 1      | a            | 1      | copied
                photo  | 2      | drawing      | 2      | replaced
                of     | 3      | of           | 3      | copied
                a      | 4      | a            | 4      | copied
                cat    | 5      | hippopotamus | 5,6,7  | replaced
                """);
        assertThat(align("a cat, next to a mirror", "a silver dog, next to", AlignmentMode.REFINE)
                        .table())
                .isEqualTo("""
                source | tokens | target | tokens | how
                a      | 1      | a      | 1      | copied
                       |        | silver | 2      | new
                cat,   | 3      | dog,   | 3,4    | partly new
                next   | 4      | next   | 5      | copied
                to     | 5      | to     | 6      | copied
                a      | 6      |        |        | left out
                mirror | 7      |        |        | left out
                """);
    }

    @Test
    void tellsAWordThatTheTextEncoderDoesNotSee() {
        assertThat(align("a", "a " + "on ".repeat(74) + "grass", AlignmentMode.REFINE)
                        .table())
                .endsWith("       |        | grass  |        | cut off\n");
    }

    private static PromptAlignment align(String source, String target, AlignmentMode mode) {
        return PromptAlignment.of(Prompts.words(source), Prompts.words(target), mode);
    }
}
