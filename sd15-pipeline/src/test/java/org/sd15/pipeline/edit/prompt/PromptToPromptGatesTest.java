package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Sites;
import org.sd15.pipeline.words.Prompts;
import org.sd15.pipeline.words.Window;

/** Where and when prompt-to-prompt reaches in: steps, words, sites. */
class PromptToPromptGatesTest {

    private static final Grid LATENTS = new Grid(64, 64);

    /** P2P-9: of 50 steps, 0.8 of cross attention are 40, 0.4 are 20; 0.6 of self attention are 30. */
    @ParameterizedTest
    @CsvSource({"0.8, 40, 40", "0.4, 20, 20", "0.6, 30, 30"})
    void countsGatedSteps(double share, int cross, int self) {
        PromptToPromptControls controls = PromptToPrompt.of(Prompts.edit("a cat", "a dog"))
                .crossSteps(new CrossGate(Window.until(share)))
                .selfSteps(Window.until(share))
                .over(50, new RowLayout(2, false));

        assertThat(stepsWhere(50, step -> controls.tokenMap(step).own().getDouble(1, 0, 0, 0) == 0))
                .hasSize(cross);
        assertThat(stepsWhere(50, step -> controls.selfRouting(step).getDouble(1, 0) == 1))
                .hasSize(self);
    }

    /** The words of a target differ in time; where two windows share a token, the later one holds. */
    @Test
    void opensTheGateOfAWordAtItsOwnTime() {
        PromptToPromptControls controls = PromptToPrompt.of(Prompts.edit("a red cat", "a red dog"))
                .crossSteps(new CrossGate(Window.until(0.5))
                        .word("red", Window.NEVER)
                        .word("red dog", new Window(0.5, 1))
                        .word("red", Window.ALWAYS)
                        .word("dog", Window.NEVER))
                .over(9, new RowLayout(2, false));
        Function<Integer, List<Integer>> open =
                token -> stepsWhere(9, step -> controls.tokenMap(step).mixed().getDouble(1, 0, 0, token) == 1);

        assertThat(open.apply(1)).isEqualTo(List.of(0, 1, 2, 3, 4));
        assertThat(open.apply(2)).isEqualTo(IntStream.range(0, 9).boxed().toList());
        assertThat(open.apply(3)).isEmpty();
        assertThat(open.apply(40)).isEqualTo(List.of(0, 1, 2, 3, 4));
    }

    /** P2P-11, and the same rule for other sizes: a site counts if the UNet has halved the latents before it. */
    @Test
    void takesSelfAttentionFromTheSourceAtSmallMapsOnly() {
        PromptToPrompt edit = PromptToPrompt.of(Prompts.edit("a cat", "a dog"));

        assertThat(selfIndices(edit, LATENTS))
                .isEqualTo(IntStream.rangeClosed(2, 12).boxed().toList());
        assertThat(selfIndices(edit, new Grid(64, 96))).isEqualTo(selfIndices(edit, LATENTS));
        assertThat(selfIndices(edit, new Grid(9, 9))).isEqualTo(selfIndices(edit, LATENTS));
        assertThat(selfIndices(edit.selfLimit(2), LATENTS)).isEqualTo(List.of(4, 5, 6, 7, 8, 9));
        assertThat(selfIndices(edit.selfLimit(0), LATENTS)).hasSize(16);
    }

    private static List<Integer> stepsWhere(int steps, IntPredicate open) {
        return IntStream.range(0, steps).filter(open).boxed().toList();
    }

    private static List<Integer> selfIndices(PromptToPrompt edit, Grid latents) {
        return Sites.sd15(latents).stream()
                .filter(site -> edit.editsSelf(site, latents))
                .map(AttentionSite::index)
                .toList();
    }
}
