package org.sd15.pipeline.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.PromptWords.Word;
import org.sd15.testing.Fixture;

/** Words of prompts with weights and of several chunks. */
class StyledWordsTest {

    private static final String PLAIN = "a red circle, small, on 2 hippopotamus";

    private static ClipTokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        tokenizer = ClipTokenizer.load(Fixture.resource("sd15-pipeline", "tokenizer"));
    }

    @ParameterizedTest
    @EnumSource
    void aPromptWithoutBracketsHasTheWordsOfThePlainOne(PromptStyle style) {
        PromptWords words = PromptWords.of(PLAIN, style, tokenizer);
        PromptWords plain = PromptWords.of(PLAIN, tokenizer::encode);

        assertThat(words).isEqualTo(plain);
        assertThat(words.table()).isEqualTo(plain.table());
        assertThat(words.positions())
                .isEqualTo(IntStream.rangeClosed(0, words.endToken()).boxed().toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            WEBUI  | a (red:1.3) circle, [small], ((on 2)) hippopotamus
            WEBUI  | (a red circle, small:0.5), on [2 (hippopotamus)]
            WEBUI  | a red circle, small, on 2 hippo(potamus)
            COMPEL | a red++ (circle, small,)1.3 on 2 hippopotamus-
            """)
    void wordsAreFoundWithoutTheirSyntax(PromptStyle style, String prompt) {
        PromptWords words = PromptWords.of(prompt, style, tokenizer);
        PromptWords plain = PromptWords.of(PLAIN, tokenizer::encode);

        assertThat(words.prompt()).isEqualTo(prompt);
        for (String word : List.of("a", "circle", "small", "on 2")) {
            assertThat(words.tokens(word)).as(word).isEqualTo(plain.tokens(word));
        }
        String found = words.words().stream().map(Word::text).collect(Collectors.joining(" "));
        assertThat(found.replace(" ,", ",")).isEqualTo(PLAIN);
        assertThatThrownBy(() -> words.tokens("blue"))
                .hasMessageStartingWith("the word \"blue\" is not in the prompt \"%s\"; its words are: a, ", prompt);
    }

    @Test
    void aWordReachesOverBrackets() {
        PromptWords words = PromptWords.of("two (cat:1.2)s, (dog:1.1), a", PromptStyle.WEBUI, tokenizer);

        assertThat(words.words().stream().map(Word::text)).containsExactly("two", "cats,", "dog,", "a");
        assertThat(words.tokens("cats")).containsExactly(2, 3);
        assertThat(words.tokens("dog")).containsExactly(5);
        assertThat(words.tokens("cats, dog")).containsExactly(2, 3, 4, 5);
    }

    @Test
    void aBreakBeginsAChunk() {
        PromptWords words = PromptWords.of("a cat BREAK a (dog:1.2) runs", PromptStyle.WEBUI, tokenizer);

        assertThat(words.keys()).isEqualTo(154);
        assertThat(words.tokens("a")).containsExactly(1, 78);
        assertThat(words.tokens("dog")).containsExactly(79);
        assertThat(words.tokens("cat a dog")).containsExactly(2, 78, 79);
        assertThat(words.own()).containsExactly(1, 2, 78, 79, 80);
        assertThat(words.endToken(0)).isEqualTo(3);
        assertThat(words.endToken(1)).isEqualTo(81);
        assertThat(words.endToken()).isEqualTo(81);
        assertThat(words.positions()).containsExactly(0, 1, 2, 78, 79, 80, 81);
        assertThat(words.ids()).hasSize(7).startsWith(49406).endsWith(49407);
        assertThat(words.filledUpTo(231).keys()).isEqualTo(231);
        assertThat(words.filledUpTo(231).endToken(2)).isEqualTo(155);
        assertThat(words.filledUpTo(231).endToken()).isEqualTo(81);
        assertThat(words.table().lines().map(line -> line.split(" ")[0]))
                .containsExactly("token", "0", "1", "2", "3", "77", "78", "79", "80", "81");
        assertThatThrownBy(() -> words.filledUpTo(77)).hasMessageContaining("77 keys for a prompt of 2 chunks");
    }

    @Test
    void whatIsOverAChunkFollowsInTheNext() {
        String long80 = IntStream.range(0, 80).mapToObj(i -> "w").collect(Collectors.joining(" "));
        PromptWords words = PromptWords.of(long80 + " (hippopotamus:1.1)", PromptStyle.WEBUI, tokenizer);

        List<Integer> expected = IntStream.range(0, 80)
                .map(i -> 77 * (i / 75) + 1 + i % 75)
                .boxed()
                .toList();
        assertThat(words.tokens("w")).isEqualTo(expected);
        assertThat(words.tokens("hippopotamus")).containsExactly(83, 84, 85);
        assertThat(words.words()).allMatch(word -> words.seen(word).equals(word.tokens()));
        PromptWords split = PromptWords.of(long80.substring(12) + " hippopotamus", PromptStyle.COMPEL, tokenizer);
        assertThat(split.tokens("hippopotamus")).containsExactly(75, 78, 79);
    }

    @Test
    void aPlainPromptIsCutWhateverFillsItUp() {
        PromptWords cut =
                PromptWords.of("w ".repeat(75) + "cat", tokenizer::encode).filledUpTo(154);

        assertThat(cut.keys()).isEqualTo(154);
        assertThat(cut.seen(cut.words().get(75))).isEmpty();
        assertThatThrownBy(() -> cut.tokens("cat"))
                .hasMessageContaining("it ends at token 76, the last one seen is 75; shorten by 1");
    }

    @Test
    void partsOfCompelHaveChunksOfTheirOwn() {
        PromptWords words =
                PromptWords.of("(\"a cat\", \"a dog+\", bird).and(1, 0.5, 1)", PromptStyle.COMPEL, tokenizer);

        assertThat(words.keys()).isEqualTo(231);
        assertThat(words.tokens("dog")).containsExactly(79);
        assertThat(words.tokens("bird")).containsExactly(155);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            WEBUI ; a [cat:dog:0.5]; says other things at other steps
            WEBUI ; [cat|dog]; says other things at other steps
            WEBUI ; a AND b; "a AND b" composes several prompts by AND
            WEBUI ; a <lora:ink> cat; the prompt asks for the LoRA "ink"
            COMPEL; (a, b).blend(1, 1); words can't be found in a .blend(), whose text states are of several words at once
            """)
    void refusesWhatHasNoWords(PromptStyle style, String prompt, String message) {
        assertThatThrownBy(() -> PromptWords.of(prompt, style, tokenizer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
