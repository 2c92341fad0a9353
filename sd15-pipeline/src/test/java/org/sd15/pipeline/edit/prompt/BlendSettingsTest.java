package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Sites;
import org.sd15.pipeline.words.AttentionMap;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.Prompts;

/** Which words and which attention a local blend looks at, and what it refuses. */
class BlendSettingsTest {

    private static final Grid LATENTS = new Grid(64, 64);

    /** 16x16 of latents of 64x64, the middle block left out: what the published code picks by list positions. */
    @Test
    void looksAtTheMapsOfAQuarterOfTheLatentsSide() {
        assertThat(pair().sites(Sites.sd15(LATENTS), LATENTS))
                .extracting(AttentionSite::name)
                .containsExactly("attn/4/cross", "attn/5/cross", "attn/7/cross", "attn/8/cross", "attn/9/cross");
        Grid wide = new Grid(40, 94);
        assertThat(pair().sites(Sites.sd15(wide), wide))
                .hasSize(5)
                .allSatisfy(site -> assertThat(Grid.of(site)).isEqualTo(new Grid(10, 24)));
    }

    /** A model with attention at full and half resolution only, as small ones have. */
    @Test
    void takesTheNextFinerMapsOfASmallModel() {
        Grid latents = new Grid(16, 16);
        List<AttentionSite> sites =
                Sites.sd15(latents).stream().filter(site -> site.height() != 4).toList();

        assertThat(pair().sites(sites, latents))
                .extracting(AttentionSite::index)
                .containsExactly(2, 3, 10, 11, 12);
        assertThat(pair().over(sites, latents, new RowLayout(2, true), 5).sites())
                .isEqualTo(pair().sites(sites, latents));
    }

    @Test
    void takesTheResolutionThatWasChosen() {
        assertThat(pair().resolution(new Grid(32, 32)).sites(Sites.sd15(LATENTS), LATENTS))
                .extracting(AttentionSite::index)
                .containsExactly(2, 3, 10, 11, 12);
        assertThatThrownBy(() -> pair().resolution(new Grid(24, 24)).sites(Sites.sd15(LATENTS), LATENTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("local blending: the model has no cross attention of 24x24 outside its middle block; "
                        + "it has 64x64, 32x32, 16x16");
        assertThatThrownBy(() -> pair().sites(List.of(), LATENTS)).hasMessageEndingWith("it has none");
    }

    @Test
    void findsOneOrSeveralWordsInEachPrompt() {
        EditPrompts prompts = Prompts.edit("a Cat, asleep", "a red croutons dog", "a dog, a dog");

        assertThat(LocalBlend.around(prompts, "cat", "dog").words())
                .isEqualTo(List.of(Set.of(2), Set.of(6), Set.of(2, 5)));
        assertThat(LocalBlend.of(prompts, List.of(List.of("asleep", "cat"), List.of("red croutons"), List.of("dog")))
                        .words())
                .isEqualTo(List.of(Set.of(2, 4), Set.of(2, 3, 4, 5), Set.of(2, 5)));
        assertThatThrownBy(() -> LocalBlend.around(prompts.conforming(Conformance.REFERENCE), "cat", "dog"))
                .hasMessageContaining("\"cat\" is not in the prompt \"a Cat, asleep\"");
    }

    static Stream<Arguments> mistakes() {
        EditPrompts prompts = Prompts.edit("a cat", "a dog");
        LocalBlendRun run = pair().startAfter(0).over(Sites.sd15(LATENTS), LATENTS, new RowLayout(2, true), 5);
        AttentionSite site = run.sites().get(0);
        INDArray broken = Nd4j.zeros(DataType.FLOAT, 4, 8, 256, 77);
        broken.putScalar(new int[] {3, 5, 33, 2}, Float.NaN);
        return Stream.of(
                mistake(
                        "\"dog\" is not in the prompt \"a cat\"; its words are: a, cat",
                        () -> LocalBlend.around(prompts, "dog", "dog")),
                mistake("\"cat\" is not in the prompt \"a dog\"", () -> LocalBlend.around(prompts, "cat", "cat")),
                mistake("1 lists of words for 2 prompts", () -> LocalBlend.of(prompts, List.of(List.of("cat")))),
                mistake("needs tokens for each", () -> LocalBlend.of(prompts, List.of(List.of("cat"), List.of()))),
                mistake(
                        "there is no token 77, only 0 to 76",
                        () -> new LocalBlend(
                                prompts, List.of(Set.of(1), Set.of(77)), List.of(Set.of(), Set.of()), 0, 0, 0, null)),
                mistake("the threshold is 1.0", () -> pair().thresholds(1, 0)),
                mistake("the threshold of subtracted words is NaN", () -> pair().thresholds(0, Double.NaN)),
                mistake("the start is 1.5", () -> pair().startAfter(1.5)),
                mistake(
                        "local blending of 2 prompts, the batch has 3 pictures",
                        () -> pair().over(Sites.sd15(LATENTS), LATENTS, new RowLayout(3, true), 5)),
                mistake(
                        "shape [2, 8, 256, 77], expected [rows, heads, queries, keys] = [4, 8, 256, 77]",
                        () -> run.observe(0, any -> Nd4j.zeros(DataType.FLOAT, 2, 8, 256, 77))),
                mistake(
                        "attn/4/cross/probs is NaN in row 3 at head 5, pixel (2, 1), token 2; finite numbers",
                        () -> run.observe(0, any -> broken)),
                mistake(
                        "latents [2, 4, 32, 64], expected [2 pictures, channels, 64, 64]",
                        () -> run.blend(0, Nd4j.zeros(DataType.FLOAT, 2, 4, 32, 64))),
                mistake(
                        "latents [4, 4, 64, 64], expected [2 pictures",
                        () -> run.blend(0, Nd4j.zeros(DataType.FLOAT, 4, 4, 64, 64))),
                mistake("latents [2, 4, 4096]", () -> run.blend(0, Nd4j.zeros(DataType.FLOAT, 2, 4, 4096))),
                mistake(site.name(), () -> AttentionMap.read(site, broken.slice(0), new RowLayout(1, false), 0, 3)));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void refusesWithOneClearError(String message, ThrowingCallable mistake) {
        assertThatThrownBy(mistake).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    private static Arguments mistake(String message, ThrowingCallable call) {
        return Arguments.of(message, call);
    }

    private static LocalBlend pair() {
        return LocalBlend.around(Prompts.edit("a cat", "a dog"), "cat", "dog");
    }
}
