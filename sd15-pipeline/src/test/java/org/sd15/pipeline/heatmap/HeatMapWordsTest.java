package org.sd15.pipeline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.AttentionSite.Kind;
import org.sd15.attention.control.AttentionSite.Place;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.Sites;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.Prompts;

/** The maps of words and of single tokens, which attention they are made of, and what is refused. */
class HeatMapWordsTest {

    private static final Grid PIXELS = new Grid(1, 2);

    /** Token t has the value t at pixel 0 and 100 - t at pixel 1. */
    @Test
    void aWordIsTheMeanOfItsTokens() {
        PromptHeatMaps maps = numbered("a soup, with croutons and soup");

        assertThat(maps.word("croutons").values()).containsExactly(6, 94);
        assertThat(maps.word("soup").values()).containsExactly((2 + 9) / 2f, 100 - (2 + 9) / 2f);
        assertThat(maps.word("with croutons").values()).containsExactly((4 + 5 + 6 + 7) / 4f, 100 - 22 / 4f);
        assertThat(maps.token(0).values()).containsExactly(0, 100);
        assertThat(maps.token(maps.prompt().endToken()).values()).containsExactly(10, 90);
    }

    @Test
    void startAndEndTokenHaveMapsAsWell() {
        Map<String, HeatMap> specials =
                numbered("a soup, with croutons and soup").specials();

        assertThat(specials).containsOnlyKeys("<|startoftext|>", "<|endoftext|>");
        assertThat(specials.get("<|startoftext|>").values()).containsExactly(0, 100);
        assertThat(specials.get("<|endoftext|>").values()).containsExactly(10, 90);
    }

    /** DAAM-4. */
    @Test
    void theMeanOfEqualMapsIsThatMap() {
        PromptWords prompt = Prompts.words("a soup with croutons");
        HeatMap map = new HeatMap(new float[] {0.1f, 0.7f}, 1, 2);
        PromptHeatMaps maps = new PromptHeatMaps(prompt, Collections.nCopies(8, map));

        assertThat(maps.word("croutons")).isEqualTo(map);
    }

    @Test
    void namesAllWordsInTheOrderOfThePrompt() {
        Map<String, HeatMap> words = numbered("Cats, and cats - a soup").words();

        assertThat(words.keySet()).containsExactly("Cats", "and", "cats", "-", "a", "soup");
        assertThat(words.get("Cats").values()).containsExactly(1, 99);
        assertThat(words.get("cats").values()).containsExactly(4, 96);
        assertThat(words.get("-").values()).containsExactly(5, 95);
    }

    @Test
    void leavesOutWordsThatAreCutOff() {
        assertThat(numbered("a ".repeat(75) + "cat").words().keySet()).containsExactly("a");
    }

    /** The start token and the end token are not part of the sum. */
    @Test
    void normalizesOverThePromptsOwnTokens() {
        PromptHeatMaps maps = numbered("a red cat").normalized();

        assertThat(maps.token(2).at(0, 0)).isCloseTo(2 / 6f, within(1e-6f));
        assertThat(maps.token(4).at(0, 0)).isCloseTo(4 / 6f, within(1e-6f));
        assertThat(maps.token(2).at(0, 1)).isCloseTo(98 / 294f, within(1e-6f));
        PromptHeatMaps nothing =
                new PromptHeatMaps(Prompts.words("a"), Collections.nCopies(3, new HeatMap(new float[2], 1, 2)));
        assertThat(nothing.normalized().token(1).values()).containsExactly(0, 0);
    }

    @Test
    void looksAtCrossAttentionOutsideTheMiddleBlock() {
        AttentionSite down = Sites.site(0, Kind.CROSS, Place.DOWN, PIXELS, 77, 1);
        AttentionSite up = Sites.site(2, Kind.CROSS, Place.UP, PIXELS, 77, 1);
        List<AttentionSite> sites = List.of(
                down,
                Sites.site(1, Kind.SELF, Place.DOWN, PIXELS, 2, 1),
                Sites.site(1, Kind.CROSS, Place.MID, PIXELS, 77, 1),
                up);

        assertThat(new HeatMaps(sites, PIXELS, Attention.ONE, Map.of(), HeatMapOptions.DEFAULT).sites())
                .containsExactly(down, up);
    }

    /** The padding has a map only where all tokens are kept. */
    @Test
    void keepsPaddingIfAskedTo() {
        PromptWords prompt = Prompts.words("a");

        assertThat(Attention.maps(prompt, new HeatMapOptions(false, true), 1)
                        .of(0)
                        .token(76)
                        .values())
                .hasSize(96);
        assertThatThrownBy(() ->
                        Attention.maps(prompt, HeatMapOptions.DEFAULT, 1).of(0).token(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no heat map of token 3 of the prompt \"a\"; there are maps of 0 to 2");
    }

    static Stream<Arguments> mistakes() {
        PromptWords prompt = Prompts.words("a red cat");
        HeatMaps maps = Attention.maps(prompt, HeatMapOptions.DEFAULT, 5);
        HeatMap map = new HeatMap(new float[1], 1, 1);
        List<HeatMap> unequal = new ArrayList<>(Collections.nCopies(5, map));
        unequal.set(3, new HeatMap(new float[2], 2, 1));
        return Stream.of(
                mistake("steps 0 to 3 are summed up, step 2 can't be added again", () -> maps.add(2, Attention.of(2))),
                mistake(
                        "the steps 0 to 3 are summed up, some of them can't be chosen",
                        () -> maps.of(0, HeatMapSelection.ALL.steps(step -> step > 1))),
                mistake("of 0 heads in 5 steps", () -> maps.of(0, HeatMapSelection.ALL.heads(head -> head == 9))),
                mistake("of 8 heads in 0 steps", () -> maps.of(0, HeatMapSelection.ALL.steps(step -> false))),
                mistake(
                        "of 8 heads in 0 steps",
                        () -> Attention.empty(prompt, HeatMapOptions.DEFAULT).of(0)),
                mistake("no heat maps are made of picture 1, only of [0]", () -> maps.of(1)),
                mistake(
                        "\"dog\" is not in the prompt \"a red cat\"",
                        () -> maps.of(0).word("dog")),
                mistake("no heat map of token -1", () -> maps.of(0).token(-1)),
                mistake(
                        "attn/0/cross/probs has shape [2, 2, 24, 77], expected [rows, heads, queries, keys] = [2, 2, 96, 77]",
                        () -> maps.add(9, site -> Attention.probs(0, Attention.SITES.get(1)))),
                mistake(
                        "the model has none",
                        () -> new HeatMaps(List.of(), PIXELS, Attention.ONE, Map.of(), HeatMapOptions.DEFAULT)),
                mistake(
                        "picture 1 of 1",
                        () -> new HeatMaps(
                                Attention.SITES, PIXELS, Attention.ONE, Map.of(1, prompt), HeatMapOptions.DEFAULT)),
                mistake(
                        "4 heat maps for the prompt \"a red cat\" of 5 tokens",
                        () -> new PromptHeatMaps(prompt, Collections.nCopies(4, map))),
                mistake("78 heat maps", () -> new PromptHeatMaps(prompt, Collections.nCopies(78, map))),
                mistake("must have one size", () -> new PromptHeatMaps(prompt, unequal)));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void refusesWithOneClearError(String message, ThrowingCallable mistake) {
        assertThatThrownBy(mistake)
                .isInstanceOfAny(
                        IllegalArgumentException.class, IllegalStateException.class, IndexOutOfBoundsException.class)
                .hasMessageContaining(message);
    }

    private static Arguments mistake(String message, ThrowingCallable call) {
        return Arguments.of(message, call);
    }

    private static PromptHeatMaps numbered(String text) {
        PromptWords prompt = Prompts.words(text);
        return new PromptHeatMaps(
                prompt,
                IntStream.rangeClosed(0, prompt.endToken())
                        .mapToObj(token -> new HeatMap(new float[] {token, 100 - token}, 1, 2))
                        .toList());
    }
}
