package org.sd15.pipeline.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.pipeline.text.Encoding;
import org.sd15.pipeline.words.PromptWords.Word;

/** Words and their tokens, against {@code get_word_inds} of google/prompt-to-prompt where that is right. */
class PromptWordsTest {

    /** First code point and the one after the last. */
    private static final int[][] BLOCKS = {
        {0x09, 0x0E},
        {0x20, 0x7F},
        {0x61, 0x7B},
        {0xA0, 0x250},
        {0x300, 0x370},
        {0x2000, 0x2070},
        {0x4E00, 0x4F00},
        {0x1F300, 0x1F650}
    };

    static Stream<Arguments> published() {
        return Prompts.cases("words");
    }

    @ParameterizedTest
    @MethodSource("published")
    void findsWhatThePublishedRuleFinds(JsonNode expected) {
        PromptWords prompt = Prompts.words(expected.get(0).asText());
        String word = expected.get(1).asText();
        if (!word.isEmpty()) {
            assertThat(prompt.find(word, Conformance.REFERENCE).orElse(List.of()))
                    .isEqualTo(Prompts.integers(expected.get(2)));
        }
    }

    /** The positions follow from the tokens, which ClipTokenizerTest holds against Hugging Face's. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            A painting of a squirrel eating a burger | burger      | 8
            A painting of a squirrel eating a burger | painting    | 2
            a soup with croutons                     | croutons    | 4,5,6
            a cake, with jelly beans                 | cake,       | 2,3
            a cake, with jelly beans                 | cake        | 2
            a cake, with jelly beans                 | with        | 4
            a cat, a dog and a cat                   | cat         | 2,8
            a Cat and a cat                          | cat         | 5
            a Cat and a cat                          | Cat         | 2
            a Cat and a cat                          | CAT         | 2,5
            a red car and a red car, parked          | red car     | 2,3,6,7
            a red car and a red car, parked          | Red  Car    | 2,3,6,7
            a red car and a red car, parked          | car, parked | 7,8,9
            very very very good                      | very very   | 1,2,3
            an (old) "house"!                        | old         | 3
            an (old) "house"!                        | house       | 6
            `  two   blanks and cat`                 | cat         | 4
            naïve 猫 cat                             | cat         | 7
            naïve 猫 cat                             | 猫          | 4,5,6
            naïve 猫 cat                             | naïve       | 1,2,3
            don't 'stop'                             | don't       | 1,2
            don't 'stop'                             | stop        | 3,4,5
            3.14 cats                                | cats        | 5
            `a <|endoftext|> cat`                    | cat         | 3
            """)
    void findsWordsAndPhrases(String prompt, String words, String tokens) {
        assertThat(Prompts.words(prompt).tokens(words)).isEqualTo(numbers(tokens));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cake", "CAKE,", "a cake,", "beans."})
    void findsWordsAsTypedOnlyWhenItConformsToTheReference(String word) {
        PromptWords prompt = Prompts.words("a cake, with jelly beans");

        assertThat(prompt.find(word, Conformance.REFERENCE)).isEmpty();
        assertThatThrownBy(() -> prompt.tokens(word, Conformance.REFERENCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the word \"%s\" is not in the prompt", word);
    }

    /** One letter or two: the tokenizer brings both to the same form, so the search has to. */
    @Test
    void findsAccentsHoweverTheyAreWritten() {
        assertThat(Prompts.words("a cafe\u0301 table").tokens("caf\u00e9")).isEqualTo(List.of(2));
        assertThat(Prompts.words("a caf\u00e9 table").tokens("cafe\u0301")).isEqualTo(List.of(2));
    }

    @Test
    void listsTheWordsWhenItFindsNone() {
        assertThatThrownBy(() -> Prompts.words("a photo of a cat").tokens("dog"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the word \"dog\" is not in the prompt \"a photo of a cat\"; its words are: "
                        + "a, photo, of, a, cat");
        assertThatThrownBy(() -> Prompts.words("").tokens("dog")).hasMessageEndingWith("its words are: none");
        assertThat(Prompts.words("a photo of a cat").find("cat of")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\u00a0"})
    void refusesToLookForNothing(String nothing) {
        assertThatThrownBy(() -> Prompts.words("a cat").tokens(nothing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty word");
    }

    @Test
    void countsWordsFromOne() {
        PromptWords prompt = Prompts.words("a soup with croutons");

        assertThat(prompt.tokens(1)).isEqualTo(List.of(1));
        assertThat(prompt.tokens(4)).isEqualTo(List.of(4, 5, 6));
        assertThatThrownBy(() -> prompt.tokens(0)).hasMessageContaining("no word number 0; its words are 1 to 4");
        assertThatThrownBy(() -> prompt.tokens(5)).hasMessageContaining("no word number 5");
    }

    /** 73 tokens, then three of which two are seen, then one that is not. */
    @Test
    void refusesWordsThatTheTextEncoderDoesNotSee() {
        PromptWords prompt = Prompts.words("cat " + "a ".repeat(72) + "hippopotamus tree cat");

        assertThat(prompt.endToken()).isEqualTo(76);
        assertThat(prompt.ids()).hasSize(77).endsWith(28398, 45825, 49407);
        assertThat(prompt.tokens("cat")).isEqualTo(List.of(1));
        assertThat(prompt.tokens("a")).hasSize(72);
        assertThatThrownBy(() -> prompt.tokens("tree"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("\"tree\" is cut off from the prompt \"cat a a")
                .hasMessageEndingWith("it ends at token 77, the last one seen is 75; shorten by 3");
        assertThatThrownBy(() -> prompt.tokens("hippopotamus")).hasMessageContaining("ends at token 76");
        assertThatThrownBy(() -> prompt.tokens("tree cat")).hasMessageContaining("\"tree cat\" is cut off");
        assertThatThrownBy(() -> prompt.tokens(75)).hasMessageContaining("\"tree\" is cut off");
        assertThat(prompt.find("tree")).isEmpty();
        assertThat(prompt.table()).contains("75      | 45825 | potam").contains("cut off | 2677  | tree");
    }

    @Test
    void aPromptThatJustFitsIsNotCut() {
        PromptWords prompt = Prompts.words("a ".repeat(74) + "cat");

        assertThat(prompt.tokens("cat")).isEqualTo(List.of(75));
        assertThat(prompt.ids()).hasSize(77).endsWith(2368, 49407);
    }

    @Test
    void printsATable() {
        assertThat(Prompts.words("Croutons, naïve").table()).isEqualTo("""
                token | id    | piece           | word | text
                0     | 49406 | <|startoftext|> |      |
                1     | 1075  | cr              | 1    | Croutons,
                2     | 1130  | out             | 1    | Croutons,
                3     | 708   | ons             | 1    | Croutons,
                4     | 267   | ,               | 1    | Croutons,
                5     | 1097  | na              | 2    | naïve
                6     | 35689 | ï               | 2    | naïve
                7     | 563   | ve              | 2    | naïve
                8     | 49407 | <|endoftext|>   |      |
                """);
    }

    /** Letters, signs, accents without a letter, emoji, all kinds of white space: no token belongs to two words. */
    @Test
    void sharesOutAllTokensOfRandomTexts() {
        Random random = new Random(7);
        for (int i = 0; i < 1000; i++) {
            PromptWords prompt = Prompts.words(text(random));
            List<Integer> all = prompt.words().stream()
                    .map(Word::tokens)
                    .flatMap(List::stream)
                    .toList();
            assertThat(all)
                    .as(prompt.prompt())
                    .isEqualTo(IntStream.rangeClosed(1, all.size()).boxed().toList());
            assertThat(prompt.endToken()).isEqualTo(Math.min(76, all.size() + 1));
            assertThat(prompt.words()).allSatisfy(word -> {
                assertThat(word.tokens()).isNotEmpty().containsAll(word.bareTokens());
                assertThat(word.bareTokens()).isNotEmpty();
            });
        }
    }

    @Test
    void refusesATokenizerThatJoinsWords() {
        Function<String, Encoding> whole =
                text -> new Encoding(List.of(1, text.length(), 2), List.of("", text, ""), 77);

        assertThatThrownBy(() -> PromptWords.of("a cat", whole))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has the tokens [5], its words one by one [1, 3]");
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(40), 0, BLOCKS.length)
                .mapToObj(block -> Character.toString(random.nextInt(BLOCKS[block][0], BLOCKS[block][1])))
                .collect(Collectors.joining());
    }

    private static List<Integer> numbers(String text) {
        return Stream.of(text.split(",")).map(Integer::valueOf).toList();
    }
}
