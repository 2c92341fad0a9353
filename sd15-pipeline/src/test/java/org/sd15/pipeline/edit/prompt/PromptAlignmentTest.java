package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.Prompts;

/** Alignments, against {@code seq_aligner.py} of google/prompt-to-prompt (edit.json) and by hand. */
class PromptAlignmentTest {

    private static final int KEYS = 77;

    static Stream<Arguments> published() {
        return Prompts.cases("alignments");
    }

    static Stream<Arguments> publishedReplacements() {
        return published().filter(arguments -> ((JsonNode) arguments.get()[0]).has("replace"));
    }

    /** The map of the reference ends with the end token; padding maps to itself, which its recipe asserts. */
    @ParameterizedTest
    @MethodSource("published")
    void refinesAsThePublishedCode(JsonNode expected) {
        PromptAlignment alignment = align(AlignmentMode.REFINE, expected);
        List<Integer> map = Prompts.integers(expected.get("refine"));
        double[][] matrix = new double[KEYS][KEYS];
        double[] alpha = new double[KEYS];
        for (int token = 0; token < KEYS; token++) {
            int source = token < map.size() ? map.get(token) : token;
            if (source >= 0) {
                matrix[source][token] = 1;
                alpha[token] = 1;
            }
        }
        assertThat(alignment.matrix()).isDeepEqualTo(matrix);
        assertThat(alignment.alpha()).containsExactly(alpha);
    }

    /** The reference is in float32, and holds what differs from the identity. */
    @ParameterizedTest
    @MethodSource("publishedReplacements")
    void replacesAsThePublishedCodeWhenItConforms(JsonNode expected) {
        double[][] matrix = identity();
        Prompts.elements(expected.get("replace"))
                .forEach(entry -> matrix[entry.get(0).asInt()][entry.get(1).asInt()] =
                        entry.get(2).asDouble());
        PromptAlignment alignment = align(AlignmentMode.REPLACE, expected);
        double[][] actual = alignment.matrix();
        for (double[] row : actual) {
            Arrays.setAll(row, i -> (float) row[i]);
        }
        assertThat(actual).isDeepEqualTo(matrix);
        assertThat(alignment.alpha()).containsOnly(1);
    }

    /** -1 is new: "tiger" does not take over what "cat" had. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a painting of a squirrel       | a neoclassical painting of a squirrel        | 0,1,-1,-1,2,3,4,5,6
            a cat sitting next to a mirror | a silver cat sculpture sitting next to a mirror | 0,1,-1,2,-1,3,4,5,6,7,8
            a cat sitting next to a mirror | a tiger sitting next to a mirror             | 0,1,-1,3,4,5,6,7,8
            a house on a mountain          | a house on a mountain at fall                | 0,1,2,3,4,5,-1,-1,6
            """)
    void refinesWhatBothPromptsShare(String source, String target, String map) {
        PromptAlignment alignment = align(source, target, AlignmentMode.REFINE);
        String[] sources = map.split(",");
        for (int token = 0; token < sources.length; token++) {
            int expected = Integer.parseInt(sources[token]);
            assertThat(alignment.sources(token))
                    .as("sources of token %d", token)
                    .isEqualTo(expected < 0 ? List.of() : List.of(expected));
            assertThat(alignment.added().contains(token)).isEqualTo(expected < 0);
        }
    }

    /** P2P-6: the words differ, the positions do not, so the new word takes over just the attention of the old one. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            A painting of a squirrel eating a burger | A painting of a lion eating a burger
            A painting of a squirrel eating a burger | A painting of a squirrel eating a lasagna
            a soup with croutons today               | a soup with hippopotamus today
            """)
    void aSwapOfEquallyLongWordsIsTheIdentity(String source, String target) {
        assertThat(align(source, target, AlignmentMode.REPLACE).matrix()).isDeepEqualTo(identity());
    }

    @ParameterizedTest
    @EnumSource(AlignmentMode.class)
    void aPromptIsAlignedWithItselfByTheIdentity(AlignmentMode mode) {
        PromptAlignment alignment = align("a soup with croutons, please", "a soup with croutons, please", mode);

        assertThat(alignment.matrix()).isDeepEqualTo(identity());
        assertThat(alignment.alpha()).containsOnly(1);
        assertThat(alignment.mode()).isNotEqualTo(AlignmentMode.AUTO);
    }

    /** P2P-6: one token to three. Words after it read their own word; the last two paddings find no place. */
    @Test
    void sharesOutTheAttentionOfAWordThatGetsLonger() {
        double[][] expected = new double[KEYS][KEYS];
        IntStream.range(0, 5).forEach(i -> expected[i][i] = 1);
        IntStream.range(5, 8).forEach(j -> expected[5][j] = 1.0 / 3);
        IntStream.range(6, 75).forEach(i -> expected[i][i + 2] = 1);

        assertThat(align("a photo of a cat on grass", "a photo of a hippopotamus on grass", AlignmentMode.REPLACE)
                        .matrix())
                .isDeepEqualTo(expected);
    }

    @Test
    void gathersTheAttentionOfAWordThatGetsShorter() {
        double[][] expected = new double[KEYS][KEYS];
        IntStream.range(0, 5).forEach(i -> expected[i][i] = 1);
        IntStream.range(5, 8).forEach(i -> expected[i][5] = 1);
        IntStream.range(8, 77).forEach(i -> expected[i][i - 2] = 1);

        assertThat(align("a photo of a hippopotamus on grass", "a photo of a cat on grass", AlignmentMode.REPLACE)
                        .matrix())
                .isDeepEqualTo(expected);
    }

    /** The defect of the published code: "on" reads "potam", because it stays on the target's diagonal. */
    @Test
    void keepsTheDefectOfTheReferenceOnlyWhenItConforms() {
        PromptWords source = Prompts.words("a photo of a hippopotamus on grass");
        PromptWords target = Prompts.words("a photo of a cat on grass");
        int on = target.tokens("on").get(0);

        assertThat(PromptAlignment.of(source, target, AlignmentMode.REPLACE).sources(on))
                .isEqualTo(source.tokens("on"));
        assertThat(PromptAlignment.of(source, target, AlignmentMode.REPLACE, Conformance.REFERENCE)
                        .sources(on))
                .isEqualTo(List.of(source.tokens("hippopotamus").get(1)));
    }

    @ParameterizedTest
    @CsvSource({"a cat, a dog, REPLACE", "a cat, a hippopotamus, REPLACE", "a cat, a red cat, REFINE", "'', a, REFINE"})
    void choosesByTheNumberOfWords(String source, String target, AlignmentMode chosen) {
        assertThat(align(source, target, AlignmentMode.AUTO).mode()).isEqualTo(chosen);
        assertThat(align(source, target, AlignmentMode.AUTO)).isEqualTo(align(source, target, chosen));
    }

    @Test
    void refusesToReplaceWordsOfUnequalNumber() {
        assertThatThrownBy(() -> align("a cat", "a red cat", AlignmentMode.REPLACE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("words are replaced one by one, but \"a cat\" has 2 and \"a red cat\" has 3; "
                        + "make them equal, or refine");
    }

    @Test
    void alignsPositionsWhateverTheWordsAre() {
        PromptAlignment alignment = align("a cat", "a hippopotamus eats", AlignmentMode.SAME_POSITION);

        assertThat(alignment.matrix()).isDeepEqualTo(identity());
        assertThat(alignment.alpha()).containsOnly(1);
    }

    /** The source sees three tokens of the first word and 72 of the others, the target one and 74. */
    @Test
    void replacesWordsOfPromptsThatAreCut() {
        String rest = " a".repeat(80);
        PromptAlignment shorter = align("hippopotamus" + rest, "cat" + rest, AlignmentMode.REPLACE);
        double[][] expected = new double[KEYS][KEYS];
        expected[0][0] = 1;
        IntStream.range(1, 4).forEach(i -> expected[i][1] = 1);
        IntStream.range(4, 76).forEach(i -> expected[i][i - 2] = 1);
        expected[76][76] = 1;
        assertThat(shorter.matrix()).isDeepEqualTo(expected);
        assertThat(shorter.added()).containsExactlyInAnyOrder(74, 75);

        PromptAlignment longer = align("cat" + rest, "hippopotamus" + rest, AlignmentMode.REPLACE);
        assertThat(longer.added()).isEmpty();
        assertThat(longer.sources(3)).isEqualTo(List.of(1));
        assertThat(longer.sources(4)).isEqualTo(List.of(2));
        assertThat(longer.sources(75)).isEqualTo(List.of(73));
        assertThat(longer.sources(76)).isEqualTo(List.of(76));
    }

    @Test
    void aReplacedWordWhoseSourceIsCutOffIsNew() {
        PromptAlignment alignment =
                align("croutons ".repeat(25) + "cat", "cat ".repeat(25) + "dog", AlignmentMode.REPLACE);

        assertThat(alignment.added()).containsExactly(26);
        assertThat(alignment.alpha()[26]).isZero();
        assertThat(alignment.sources(27)).isEqualTo(List.of(76));
        assertThat(alignment.table()).contains("| dog    | 26     | new");
    }

    @Test
    void refinesPromptsThatAreCut() {
        PromptAlignment alignment =
                align("a cat " + "on ".repeat(80), "a red cat " + "on ".repeat(80), AlignmentMode.REFINE);

        assertThat(alignment.added()).containsExactly(2);
        assertThat(alignment.sources(3)).isEqualTo(List.of(2));
        assertThat(alignment.sources(76)).isEqualTo(List.of(76));
        assertThat(alignment.matrix()[75]).containsOnly(0);
    }

    private static PromptAlignment align(String source, String target, AlignmentMode mode) {
        return PromptAlignment.of(Prompts.words(source), Prompts.words(target), mode);
    }

    private static PromptAlignment align(AlignmentMode mode, JsonNode prompts) {
        return PromptAlignment.of(
                Prompts.words(prompts.get("source").asText()),
                Prompts.words(prompts.get("target").asText()),
                mode,
                Conformance.REFERENCE);
    }

    private static double[][] identity() {
        double[][] identity = new double[KEYS][KEYS];
        Arrays.setAll(identity, i -> {
            identity[i][i] = 1;
            return identity[i];
        });
        return identity;
    }
}
