package org.sd15.pipeline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.Prompts;
import org.sd15.testing.Fixture;

/** Heat maps against DAAM's formula in torch, float64 (tools/reference/make_edit.py), and what must hold for any attention. */
class HeatMapsTest {

    private static final PromptWords PROMPT = Prompts.words("a red hippopotamus");
    private static final Fixture FILE = Fixture.of("sd15-pipeline", "edit/edit");

    /**
     * DAAM-5 as well: the latents are not square. Sums are in double precision and rounded to float32 once; a normalized
     * value comes from two rounded ones, the overlay from a difference of rounded ones.
     */
    @Test
    void agreesWithDaam() {
        PromptHeatMaps maps = Attention.maps(PROMPT, HeatMapOptions.DEFAULT, 3).of(0);
        HeatMap overlay = maps.word("Hippopotamus").overlay(20, 30);

        assertThat(maps.tokens()).hasSize(7);
        assertClose(maps.tokens(), FILE.get("heat"), 6e-8, 0);
        assertClose(maps.normalized().tokens(), FILE.get("heat.normalized"), 1.8e-7, 0);
        assertClose(List.of(overlay), FILE.get("heat.overlay").reshape(1, 20, 30), 0, 2e-7);
    }

    /** DAAM-1: each pixel spends its attention on the 77 tokens once in each step; nothing gets lost on the way. */
    @Test
    void theMapsOfAllTokensAddUpToTheNumberOfSteps() {
        HeatMaps maps = Attention.empty(PROMPT, new HeatMapOptions(false, true));
        for (int step = 0; step < 5; step++) {
            maps.add(step, Attention::evenlySpread);
        }
        assertThat(sums(maps.of(0))).allSatisfy(sum -> assertThat(sum).isCloseTo(5, within(5e-6)));
    }

    /** DAAM-1: resizing alone keeps the sum; cutting off below zero can only add to it, and does where attention is uneven. */
    @Test
    void cuttingOffBelowZeroAddsToTheSum() {
        AttentionSite site = Attention.SITES.get(1);
        double[] resized = new double[96];
        for (int token = 0; token < Attention.KEYS; token++) {
            double[] map = Attention.probs(0, site)
                    .get(point(1), point(0), all(), point(token))
                    .toDoubleVector();
            double[] large = new Bicubic(Grid.of(site), Attention.LATENTS).resize(map);
            IntStream.range(0, 96).forEach(i -> resized[i] += large[i]);
        }
        assertThat(Arrays.stream(resized)).allSatisfy(sum -> assertThat(sum).isCloseTo(1, within(1e-6)));

        PromptHeatMaps all =
                Attention.maps(PROMPT, new HeatMapOptions(false, true), 3).of(0);
        assertThat(sums(all)).allSatisfy(sum -> assertThat(sum).isGreaterThan(3.01));
        assertThat(all.tokens())
                .allSatisfy(map -> assertThat(Arrays.stream(map.doubles()).min().orElseThrow())
                        .isNotNegative());
    }

    /** DAAM-2: at the size of the latents there is nothing to resize, so one head at one site is the plain sum of the steps. */
    @Test
    void oneHeadAtOneSiteIsTheSumOfItsSteps() {
        AttentionSite site = Attention.SITES.get(0);
        HeatMapSelection selection = HeatMapSelection.ALL.sites(site::equals).heads(head -> head == 1);
        PromptHeatMaps maps = Attention.maps(PROMPT, HeatMapOptions.DEFAULT, 3).of(0, selection);
        for (int token = 0; token < 7; token++) {
            for (int pixel = 0; pixel < 96; pixel++) {
                double sum = 0;
                for (int step = 0; step < 3; step++) {
                    sum += Attention.probs(step, site).getDouble(1, 1, pixel, token);
                }
                assertThat(maps.token(token).at(pixel / 8, pixel % 8)).isEqualTo((float) sum);
            }
        }
    }

    /** DAAM-2: all heads together are the mean of each head alone, all sites that of each site. */
    @Test
    void theWholeIsTheMeanOfItsParts() {
        HeatMaps maps = Attention.maps(PROMPT, HeatMapOptions.DEFAULT, 3);
        double[] mean = new double[96];
        for (AttentionSite site : Attention.SITES) {
            for (int head = 0; head < 2; head++) {
                int chosen = head;
                double[] part = maps.of(
                                0, HeatMapSelection.ALL.sites(site::equals).heads(h -> h == chosen))
                        .token(2)
                        .doubles();
                IntStream.range(0, 96).forEach(i -> mean[i] += part[i] / 8);
            }
        }
        assertThat(maps.of(0).token(2).doubles()).containsExactly(mean, within(1e-7));
    }

    /** DAAM-6: within rounding to float32, the order of the steps does not matter. */
    @Test
    void theOrderOfTheStepsDoesNotMatter() {
        HeatMaps forwards = Attention.empty(PROMPT, HeatMapOptions.DEFAULT);
        HeatMaps backwards = Attention.empty(PROMPT, HeatMapOptions.DEFAULT);
        for (int step = 0; step < 20; step++) {
            int mirrored = 19 - step;
            forwards.add(step, Attention.of(step));
            backwards.add(step, Attention.of(mirrored));
        }
        for (int token = 0; token < 7; token++) {
            double[] expected = forwards.of(0).token(token).doubles();
            double[] actual = backwards.of(0).token(token).doubles();
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(1e-6 * expected[i]));
            }
        }
    }

    /** The last step is done again, and the run begins anew: both as if nothing had happened. */
    @Test
    void forgetsAStepThatIsDoneAgain() {
        HeatMaps maps = Attention.maps(PROMPT, HeatMapOptions.DEFAULT, 3);
        maps.add(2, Attention.of(7));
        maps.add(2, Attention.of(2));
        assertThat(maps.of(0))
                .isEqualTo(Attention.maps(PROMPT, HeatMapOptions.DEFAULT, 3).of(0));

        maps.add(0, Attention.of(0));
        assertThat(maps.of(0))
                .isEqualTo(Attention.maps(PROMPT, HeatMapOptions.DEFAULT, 1).of(0));
    }

    @Test
    void doesAnyStepAgainAndChoosesStepsIfItKeepsThem() {
        HeatMapOptions everyStep = new HeatMapOptions(true, false);
        HeatMaps maps = Attention.maps(PROMPT, everyStep, 6);
        PromptHeatMaps second = maps.of(0, HeatMapSelection.ALL.steps(step -> step == 1));
        HeatMaps alone = Attention.empty(PROMPT, everyStep);
        alone.add(1, Attention.of(1));
        assertThat(second).isEqualTo(alone.of(0));

        maps.add(2, Attention.of(2));
        assertThat(maps.of(0))
                .isEqualTo(Attention.maps(PROMPT, HeatMapOptions.DEFAULT, 3).of(0));
    }

    @Test
    void averagesTheChosenSteps() {
        HeatMaps maps = Attention.maps(PROMPT, new HeatMapOptions(true, false), 6);
        HeatMapSelection some = HeatMapSelection.ALL.steps(step -> step > 1);
        double[] sum = maps.of(0, some).token(2).doubles();
        double[] mean = maps.of(0, some.averaged()).token(2).doubles();
        IntStream.range(0, 96).forEach(i -> sum[i] /= 4);
        assertThat(mean).containsExactly(sum, within(1e-7));
    }

    /** Two pictures, each with its unconditional row; a prompt was given for the second only. */
    @Test
    void readsTheConditionalRowsOfThePicturesThatWereAskedFor() {
        List<AttentionSite> sites = Attention.SITES.subList(0, 1);
        HeatMaps maps = new HeatMaps(
                sites, Attention.LATENTS, new RowLayout(2, true), Map.of(1, PROMPT), HeatMapOptions.DEFAULT);
        maps.add(0, site -> Nd4j.concat(0, Attention.probs(1, site), Attention.probs(0, site)));
        HeatMaps alone =
                new HeatMaps(sites, Attention.LATENTS, Attention.ONE, Map.of(0, PROMPT), HeatMapOptions.DEFAULT);
        alone.add(0, Attention.of(0));

        assertThat(maps.of(1)).isEqualTo(alone.of(0));
    }

    private static List<Double> sums(PromptHeatMaps maps) {
        double[] sums = new double[96];
        maps.tokens().forEach(map -> IntStream.range(0, 96).forEach(i -> sums[i] += map.doubles()[i]));
        return IntStream.range(0, 96).mapToObj(i -> sums[i]).toList();
    }

    private static void assertClose(List<HeatMap> maps, INDArray expected, double relative, double absolute) {
        for (int i = 0; i < maps.size(); i++) {
            HeatMap map = maps.get(i);
            for (int y = 0; y < map.height(); y++) {
                for (int x = 0; x < map.width(); x++) {
                    double wanted = expected.getDouble(i, y, x);
                    assertThat((double) map.at(y, x))
                            .as("(%d, %d, %d)", i, y, x)
                            .isCloseTo(wanted, within(relative * Math.abs(wanted) + absolute));
                }
            }
        }
    }
}
