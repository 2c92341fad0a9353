package org.sd15.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sd15.benchmark.Comparison.Measure;
import org.sd15.benchmark.method.BenchmarkMethod;
import org.sd15.benchmark.method.Edited;
import org.sd15.benchmark.method.Settings;
import org.sd15.benchmark.method.Workbench;

/** What is said of methods whose results are known. */
class ComparisonTest {

    private record Named(String name, boolean isCombination) implements BenchmarkMethod {

        @Override
        public List<Settings> grid() {
            return List.of(Settings.NONE);
        }

        @Override
        public Edited edit(Workbench bench, Settings settings) {
            throw new AssertionError("nothing is edited here");
        }
    }

    /** Succeeds in all cases from one to another of 60. */
    private static MethodSummary summary(String name, boolean combination, int from, int to, double psnr) {
        return new MethodSummary(
                new Named(name, combination),
                Settings.NONE,
                IntStream.range(0, 60)
                        .mapToObj(i -> result("case-" + i, name, i >= from && i < to, psnr + i % 7))
                        .toList());
    }

    private static CaseResult result(String task, String method, boolean success, double psnr) {
        return new CaseResult(
                task, "color", method, "", success, psnr, null, Math.pow(10, -psnr / 10), null, null, null, 0, 0, null);
    }

    private static EvaluationReport report(MethodSummary... summaries) {
        return new EvaluationReport("model", "drawn", 15, 42, 10, List.of(summaries), List.of());
    }

    @Test
    void fortyEightOfSixtyAgainstFortyThreeIsNoProof() {
        EvaluationReport report = report(
                summary("old", false, 8, 51, 23), summary("older", false, 0, 20, 23), summary("new", true, 0, 48, 34));
        assertThat(report.verdict())
                .hasValue("new succeeds in 48 of 60 (95 %: 68 to 88 %), old in 43 of 60 (95 %: 59 to 81 %):"
                        + " no proof that it does more (McNemar p = 0.23, by Holm's correction 0.23);"
                        + " of 2 published methods, new is proven better than 1 by success, 2 by PSNR, 2 by MSE"
                        + " (p < 0.05 by Holm's correction over 2 pairs)");
    }

    @Test
    void whatChanceWouldNotGiveIsSaid() {
        assertThat(report(summary("old", false, 0, 20, 23), summary("new", true, 0, 48, 23))
                        .verdict())
                .get()
                .asString()
                .contains("more than chance would give (McNemar p = <0.0001", "1 by success, 0 by PSNR");
    }

    @Test
    void aWorseMethodIsProvenWorse() {
        Comparison only = report(summary("old", false, 0, 48, 34), summary("new", true, 0, 20, 23))
                .comparisons()
                .get(0);
        assertThat(only.onlyFirst()).isZero();
        assertThat(only.onlySecond()).isEqualTo(28);
        for (Measure measure : List.of(Measure.SUCCESS, Measure.PSNR, Measure.MSE)) {
            assertThat(only.proves(measure)).isFalse();
            assertThat(only.tests().get(measure).isDisproof()).isTrue();
        }
        assertThat(only.tests().get(Measure.SUCCESS).p()).isCloseTo(Math.pow(2, -27), within(1e-20));
        assertThat(only.tests()).doesNotContainKey(Measure.SSIM);
    }

    @Test
    void methodsOfOneSortAreComparedWithEachOther() {
        List<Comparison> all = report(
                        summary("a", false, 0, 10, 20), summary("b", false, 0, 20, 20), summary("c", false, 0, 30, 20))
                .comparisons();
        assertThat(all)
                .extracting(one ->
                        one.first().method().name() + one.second().method().name())
                .containsExactly("ab", "ac", "bc");
        assertThat(all.get(1).tests().get(Measure.SUCCESS).corrected()).isCloseTo(3 * Math.pow(2, -19), within(1e-18));
        assertThat(report(summary("a", false, 0, 10, 20)).comparisons()).isEmpty();
    }

    @Test
    void tablesHaveTheIntervalsThePairsAndTheCases() {
        EvaluationReport report = report(summary("old", false, 8, 51, 23), summary("new", true, 0, 48, 34));
        assertThat(StatisticsTable.intervals(report).get(2)).startsWith("new", "68 to 88");
        assertThat(StatisticsTable.comparisons(report).get(1))
                .containsExactly("new : old", "8 : 3", "0.23", "<0.0001 +", "-", "<0.0001 +", "-");
        assertThat(EvaluationTable.text(report)).contains("95% intervals", "new : old", "no proof that it does more");
        assertThat(EvaluationJson.of(report).at("/comparisons/0/success/p").asDouble())
                .isCloseTo(0.2265625, within(1e-12));
        assertThat(EvaluationJson.of(report).at("/methods/1/success_interval/0").asDouble())
                .isCloseTo(0.682181941943721, within(1e-12));
    }
}
