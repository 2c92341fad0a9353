package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Sites;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.Prompts;
import org.sd15.testing.Rule;

/** Masks and blended latents, against PnPInversion's {@code LocalBlend} (edit.json) and by hand. */
class LocalBlendTest {

    private static final int KEYS = 77;
    private static final int CAT = 2;
    private static final Grid LATENTS = new Grid(64, 64);
    private static final Grid LINE = new Grid(1, 8);
    private static final RowLayout PAIR = new RowLayout(2, false);

    static Stream<Arguments> published() {
        return Prompts.cases("blends");
    }

    /** Five steps at five sites. The unconditional rows are there to be overlooked. */
    @ParameterizedTest
    @MethodSource("published")
    void masksAsThePublishedCode(JsonNode expected) {
        List<String> prompts = Prompts.texts(expected.get("prompts"));
        EditPrompts edit = Prompts.edit(prompts.get(0), prompts.get(1), prompts.get(2));
        LocalBlend blend = LocalBlend.of(edit, each(expected.get("words"))).startAfter(0.4);
        if (!expected.get("kept").isNull()) {
            blend = blend.subtract(each(expected.get("kept")));
        }
        Grid grid = new Grid(16, 16);
        List<AttentionSite> sites =
                IntStream.range(0, 5).mapToObj(i -> Sites.cross(i, grid, 2)).toList();
        LocalBlendRun run = blend.over(sites, LATENTS, new RowLayout(3, true), 5);
        for (int step = 0; step < 5; step++) {
            String name = "blend." + step + ".";
            run.observe(step, site -> Nd4j.concat(0, bumps("overlooked"), bumps(name + site.index())));
            for (int target = 0; target < 2; target++) {
                List<String> mask =
                        Prompts.texts(expected.get("masks").get(step).get(target));
                assertThat(lines(run.mask(step).slice(target)))
                        .as("step %d, target %d", step, target)
                        .isEqualTo(enlarged(mask));
            }
        }
    }

    /** P2P-8: one pixel is three after pooling and twelve after resizing; at the border less. */
    @ParameterizedTest
    @CsvSource({"16, 16, 5, 9, 16, 27, 32, 43", "16, 16, 0, 15, 0, 7, 56, 63", "6, 4, 2, 0, 4, 15, 0, 7"})
    void aHotPixelBecomesASquare(int height, int width, int row, int column, int top, int bottom, int left, int right) {
        Grid grid = new Grid(height, width);
        Grid latents = new Grid(4 * height, 4 * width);
        LocalBlendRun run = pair().over(List.of(Sites.cross(0, grid, 1)), latents, PAIR, 50);
        run.observe(10, hot(grid, 0.01, row * width + column));
        INDArray expected = Nd4j.zeros(DataType.FLOAT, 1, latents.height(), latents.width());
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                expected.putScalar(0, y, x, 1);
            }
        }
        assertSameBits("mask", run.mask(10), expected);
    }

    /** P2P-8: nothing is computed, so awkward numbers survive as well. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void takesEveryLatentEitherFromTheSourceOrFromTheTarget(DataType type) {
        INDArray latents = Rule.input("latents", type, 2, 4, 1, 8);
        latents.putScalar(0, 3e-39).putScalar(1, -0.0).putScalar(7, 1e30);
        latents.putScalar(32, 1e30).putScalar(33, 7e-42).putScalar(39, -0.0);
        LocalBlendRun run = line(2);

        run.observe(1, hot(LINE, 0, 0));
        assertSameBits("no attention", run.blend(1, latents).slice(1), latents.slice(0));
        run.observe(1, hot(LINE, 1, 0, 1, 2, 3, 4, 5, 6, 7));
        assertSameBits("attention everywhere", run.blend(1, latents), latents);
        run.observe(1, hot(LINE, 1, 0, 1, 2));
        INDArray expected = latents.dup();
        for (int channel = 0; channel < 4; channel++) {
            for (int x = 4; x < 8; x++) {
                expected.putScalar(1, channel, 0, x, latents.getDouble(0, channel, 0, x));
            }
        }
        assertSameBits("attention in one half", run.blend(1, latents), expected);
    }

    @Test
    void startsAfterAFifthOfTheSteps() {
        LocalBlendRun run = pair().over(List.of(Sites.cross(0, LINE, 1)), LINE, PAIR, 50);
        INDArray latents = Rule.input("latents", DataType.FLOAT, 2, 4, 1, 8);
        run.observe(9, hot(LINE, 1, 0));
        run.observe(10, hot(LINE, 1, 0));

        assertThat(run.isActive(9)).isFalse();
        assertThat(lines(run.mask(9).slice(0))).containsExactly("11111111");
        assertSameBits("step 9", run.blend(9, latents), latents);
        assertThat(run.isActive(10)).isTrue();
        assertThat(lines(run.mask(10).slice(0))).containsExactly("11000000");
    }

    /** 1 of 3 is above the threshold of 0.3, 1 of 4 is not. */
    @Test
    void sumsAttentionOverTheSteps() {
        LocalBlendRun run = line(10);
        run.observe(0, hot(LINE, 1, 0));
        run.observe(2, hot(LINE, 3, 7));
        run.observe(3, hot(LINE, 1, 7));

        assertThat(lines(run.mask(0).slice(0))).containsExactly("11000000");
        assertThat(lines(run.mask(2).slice(0))).containsExactly("11000011");
        assertThat(lines(run.mask(3).slice(0))).containsExactly("00000011");
        assertThat(lines(run.mask(2).slice(0))).containsExactly("11000011");
    }

    @Test
    void forgetsAStepAndAllLaterOnesWhenItIsDoneAgain() {
        LocalBlendRun run = line(10);
        run.observe(0, hot(LINE, 1, 0));
        run.observe(1, hot(LINE, 9, 4));
        run.observe(2, hot(LINE, 9, 4));
        run.observe(1, hot(LINE, 2, 7));

        assertThat(lines(run.mask(1).slice(0))).containsExactly("11000011");
        assertThatThrownBy(() -> run.mask(2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("local blending: no attention was observed in step 2, only in [0, 1]");
    }

    /** The source's cat may go where the target's comes in; subtracted words are cut out without pooling. */
    @Test
    void joinsSourceAndTargetAndCutsOutSubtractedWords() {
        LocalBlend blend = LocalBlend.around(Prompts.edit("a cat on grass", "a dog on grass"), "cat", "dog")
                .startAfter(0);
        Function<AttentionSite, INDArray> maps = site -> {
            INDArray both = Nd4j.zeros(DataType.FLOAT, 2, 1, 8, KEYS);
            both.putScalar(new int[] {0, 0, 0, CAT}, 1).putScalar(new int[] {1, 0, 6, CAT}, 1);
            return both.putScalar(new int[] {0, 0, 1, 4}, 1).putScalar(new int[] {1, 0, 5, 4}, 1);
        };
        assertThat(mask(blend, maps)).isEqualTo("11000111");
        assertThat(mask(blend.subtract(List.of(List.of("grass"), List.of("grass"))), maps))
                .isEqualTo("10000011");
        assertThat(mask(blend.subtract(List.of(List.of("grass"), List.of())), maps))
                .isEqualTo("10000111");
    }

    /** The subtracted word draws half as much attention at pixel 1 as at pixel 0. */
    @Test
    void hasAThresholdForEachKindOfWord() {
        LocalBlend blend = pair().startAfter(0).subtract(List.of(List.of(), List.of("a")));
        Function<AttentionSite, INDArray> maps = site -> {
            INDArray both = Nd4j.zeros(DataType.FLOAT, 2, 1, 8, KEYS);
            both.putScalar(new int[] {1, 0, 1, CAT}, 1).putScalar(new int[] {1, 0, 5, CAT}, 0.5);
            return both.putScalar(new int[] {1, 0, 0, 1}, 1).putScalar(new int[] {1, 0, 1, 1}, 0.5);
        };
        assertThat(mask(blend, maps)).isEqualTo("00101110");
        assertThat(mask(blend.thresholds(0.5, 0.3), maps)).isEqualTo("00100000");
        assertThat(mask(blend.thresholds(0.3, 0.5), maps)).isEqualTo("01101110");
    }

    private static String mask(LocalBlend blend, Function<AttentionSite, INDArray> maps) {
        LocalBlendRun run = blend.over(List.of(Sites.cross(0, LINE, 1)), LINE, PAIR, 1);
        run.observe(0, maps);
        return lines(run.mask(0).slice(0)).get(0);
    }

    private static LocalBlend pair() {
        return LocalBlend.around(Prompts.edit("a cat", "a dog"), "cat", "dog");
    }

    private static LocalBlendRun line(int steps) {
        return pair().startAfter(0).over(List.of(Sites.cross(0, LINE, 1)), LINE, PAIR, steps);
    }

    /** Attention of the target to its word, nothing else. */
    private static Function<AttentionSite, INDArray> hot(Grid grid, double value, int... pixels) {
        return site -> {
            INDArray maps = Nd4j.zeros(DataType.FLOAT, 2, 1, grid.cells(), KEYS);
            for (int pixel : pixels) {
                maps.putScalar(new int[] {1, 0, pixel, CAT}, value);
            }
            return maps;
        };
    }

    /** What make_edit.py calls {@code bumps(name, 3, 2, 16)}: {@code [rows, heads, pixels, keys]}. */
    private static INDArray bumps(String name) {
        float[] values =
                Rule.picture(name, DataType.FLOAT, 3, 2, 256, KEYS).data().asFloat();
        for (int i = 0; i < values.length; i++) {
            int token = i % KEYS;
            int pixel = i / KEYS % 256;
            int row = i / KEYS / 256 / 2;
            int y = pixel / 16 - (3 * token + 2 * row) % 16;
            int x = pixel % 16 - (5 * token + row) % 16;
            double noise = ((double) values[i] + 1) / 2;
            values[i] = (float) (noise * noise / (1 + (y * y + x * x) / 10f));
        }
        return Nd4j.createFromArray(values).reshape(3, 2, 256, KEYS);
    }

    private static List<List<String>> each(JsonNode words) {
        return Prompts.texts(words).stream().map(List::of).toList();
    }

    private static List<String> lines(INDArray mask) {
        return Stream.of(mask.toFloatMatrix())
                .map(row -> IntStream.range(0, row.length)
                        .mapToObj(i -> String.valueOf((int) row[i]))
                        .collect(Collectors.joining()))
                .toList();
    }

    private static List<String> enlarged(List<String> mask) {
        return mask.stream()
                .map(line -> line.replace("0", "0000").replace("1", "1111"))
                .flatMap(line -> Stream.of(line, line, line, line))
                .toList();
    }
}
