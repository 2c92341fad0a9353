package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.pipeline.edit.prompt.EditedMaps.apply;
import static org.sd15.pipeline.edit.prompt.EditedMaps.probs;
import static org.sd15.pipeline.edit.prompt.EditedMaps.rows;
import static org.sd15.testing.Closeness.assertSameBits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl.TokenMap;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.words.Prompts;
import org.sd15.pipeline.words.Window;
import org.sd15.testing.Rule;

/** The controls of a step, applied to attention maps without a graph. */
class PromptToPromptTest {

    private static final int KEYS = 77;

    /** P2P-1 and P2P-4: nothing new, so the target looks just where the source looks. */
    @ParameterizedTest
    @CsvSource({"REPLACE", "REFINE", "SAME_POSITION"})
    void givesATargetWithTheSamePromptTheSourcesAttention(AlignmentMode mode) {
        PromptToPromptControls controls = PromptToPrompt.of(
                        Prompts.edit("a soup with croutons", "a soup with croutons"))
                .align(mode)
                .over(10, new RowLayout(2, false));
        INDArray probs = probs("same", 2);
        double[][][] after = apply(controls.tokenMap(0), probs);

        assertThat(after[1]).isDeepEqualTo(rows(probs)[0]);
        assertThat(after[0]).isDeepEqualTo(rows(probs)[0]);
    }

    /** P2P-2: with all gates shut, every row keeps its own attention, bit for bit. */
    @Test
    void changesNothingOutsideItsGates() {
        RowLayout rows = new RowLayout(3, true);
        PromptToPrompt edit = PromptToPrompt.of(Prompts.edit("a cat", "a red cat", "two hippopotamus"))
                .weight("red", 5)
                .crossSteps(new CrossGate(Window.NEVER))
                .selfSteps(Window.NEVER);
        for (int step = 0; step < 4; step++) {
            TokenMap map = edit.over(4, rows).tokenMap(step);
            assertThat(map.mixed().maxNumber().doubleValue()).isZero();
            assertThat(map.own().minNumber().doubleValue()).isOne();
            assertThat(map.own().maxNumber().doubleValue()).isOne();
            assertSameBits(
                    "routing", edit.over(4, rows).selfRouting(step), Nd4j.eye(6).castTo(DataType.DOUBLE));
        }
    }

    /** P2P-3. */
    @ParameterizedTest
    @CsvSource({"a photo of a hippopotamus, REPLACE", "a red photo of a cat, REFINE"})
    void aWeightOfOneIsNoWeight(String target, AlignmentMode mode) {
        PromptToPrompt plain =
                PromptToPrompt.of(Prompts.edit("a photo of a cat", target)).align(mode);
        RowLayout rows = new RowLayout(2, true);
        for (int step = 0; step < 10; step++) {
            TokenMap one =
                    plain.weight("photo", 1).weight("of", 1).over(10, rows).tokenMap(step);
            TokenMap none = plain.over(10, rows).tokenMap(step);
            assertSameBits("U", one.mixed(), none.mixed());
            assertSameBits("V", one.own(), none.own());
            assertSameBits("M", one.matrix(), none.matrix());
            assertSameBits("R", one.routing(), none.routing());
        }
    }

    /** P2P-4: the words that are new keep their own attention, the shared ones get the source's, bit for bit. */
    @Test
    void newWordsKeepTheirOwnAttention() {
        PromptToPromptControls controls = PromptToPrompt.of(
                        Prompts.edit("a house on a mountain", "a house on a mountain at fall"))
                .over(10, new RowLayout(2, false));
        INDArray probs = probs("fall", 2);
        double[][] source = rows(probs)[0];
        double[][] own = rows(probs)[1];
        double[][] after = apply(controls.tokenMap(0), probs)[1];
        for (int pixel = 0; pixel < after.length; pixel++) {
            for (int token = 0; token < KEYS; token++) {
                boolean added = token == 6 || token == 7;
                double wanted = added ? own[pixel][token] : source[pixel][token == 8 ? 6 : token];
                assertThat(after[pixel][token]).as("token %d", token).isEqualTo(wanted);
            }
        }
    }

    /** P2P-7: a weight multiplies the columns of its tokens, in the gated steps, and no other. */
    @Test
    void aWeightMultipliesJustItsColumns() {
        PromptToPrompt plain = PromptToPrompt.of(Prompts.edit("a soup with croutons", "a soup with croutons"));
        PromptToPromptControls weighted = plain.weight("croutons", -1.5).over(10, new RowLayout(2, false));
        INDArray probs = probs("weight", 2);
        double[][] source = rows(probs)[0];
        double[][] gated = apply(weighted.tokenMap(7), probs)[1];
        for (int pixel = 0; pixel < gated.length; pixel++) {
            for (int token = 0; token < KEYS; token++) {
                double weight = token >= 4 && token <= 6 ? -1.5 : 1;
                assertThat(gated[pixel][token]).isEqualTo(weight * source[pixel][token]);
            }
        }
        assertThat(apply(weighted.tokenMap(8), probs)[1]).isDeepEqualTo(rows(probs)[1]);
    }

    @Test
    void weighsAWordInTheTargetsThatHaveIt() {
        TokenMap map = PromptToPrompt.of(Prompts.edit("a cat", "a red cat", "a cat on red grass"))
                .weight("red", 2)
                .weight("grass", 3)
                .weight("red", 4)
                .over(5, new RowLayout(3, false))
                .tokenMap(0);

        assertThat(map.own().getDouble(1, 0, 0, 2)).isEqualTo(4);
        assertThat(map.own().getDouble(2, 0, 0, 4)).isEqualTo(4);
        assertThat(map.own().getDouble(2, 0, 0, 5)).isEqualTo(3);
        assertThat(map.mixed().getDouble(1, 0, 0, 5)).isOne();
    }

    /** P2P-10: no unconditional row and no source row is touched, in any step. */
    @Test
    void leavesUnconditionalRowsAndTheSourceAlone() {
        PromptToPromptControls controls = PromptToPrompt.of(
                        Prompts.edit("a cat on grass", "a hippopotamus on grass", "a red dog"))
                .weight("red", 3)
                .over(10, new RowLayout(3, true));
        INDArray probs = probs("six", 6);
        for (int step = 0; step < 10; step++) {
            double[][][] after = apply(controls.tokenMap(step), probs);
            INDArray self = controls.selfRouting(step);
            for (int row = 0; row < 4; row++) {
                assertThat(after[row]).as("row %d", row).isDeepEqualTo(rows(probs)[row]);
                assertThat(self.getRow(row).toDoubleVector()).isEqualTo(identity(6)[row]);
            }
        }
        assertThat(controls.selfRouting(0).getRow(4).toDoubleVector()).isEqualTo(identity(6)[3]);
        assertThat(controls.selfRouting(0).getRow(5).toDoubleVector()).isEqualTo(identity(6)[3]);
        assertThat(controls.tokenMap(0).routing().getRow(5).toDoubleVector()).isEqualTo(identity(6)[3]);
    }

    /**
     * P2P-5: a fully replaced map times the target's values is {@code P_s V_b}.
     */
    @Test
    void fullReplacementLooksWithTheSourcesEyesAtTheTargetsValues() {
        TokenMap map = PromptToPrompt.of(Prompts.edit("a cat", "a dog"))
                .crossSteps(new CrossGate(Window.ALWAYS))
                .over(3, new RowLayout(2, false))
                .tokenMap(2);
        INDArray probs = probs("values", 2);
        INDArray values = Rule.input("values", DataType.DOUBLE, KEYS, 5);
        INDArray edited = Nd4j.createFromArray(apply(map, probs)[1]);

        assertSameBits(
                "P_s V_b",
                edited.mmul(values),
                Nd4j.createFromArray(rows(probs)[0]).mmul(values));
    }

    @Test
    void givesTheSameArraysWhenAStepIsDoneAgain() {
        PromptToPromptControls controls =
                PromptToPrompt.of(Prompts.edit("a cat", "a red cat")).over(10, new RowLayout(2, true));
        TokenMap first = controls.tokenMap(3);
        INDArray routing = controls.selfRouting(3);
        controls.tokenMap(9).matrix().assign(-1);
        controls.selfRouting(9).assign(-1);

        assertSameBits("U", controls.tokenMap(3).mixed(), first.mixed());
        assertSameBits("M", controls.tokenMap(3).matrix(), first.matrix());
        assertSameBits("routing", controls.selfRouting(3), routing);
    }

    @Test
    void alignsEachTargetInItsOwnWay() {
        assertThat(PromptToPrompt.of(Prompts.edit("a cat", "a dog", "a red cat"))
                        .alignments())
                .extracting(PromptAlignment::mode)
                .containsExactly(AlignmentMode.REPLACE, AlignmentMode.REFINE);
    }

    private static double[][] identity(int size) {
        return Nd4j.eye(size).castTo(DataType.DOUBLE).toDoubleMatrix();
    }
}
