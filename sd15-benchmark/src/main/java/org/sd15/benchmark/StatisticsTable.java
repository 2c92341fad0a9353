package org.sd15.benchmark;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.sd15.benchmark.Comparison.Finding;
import org.sd15.benchmark.Comparison.Measure;
import org.sd15.benchmark.statistics.Interval;

/** How far an evaluation's numbers reach, what its tests say, and every case by itself, as rows of text. */
public final class StatisticsTable {

    private static final double PERCENT = 100;
    private static final double MSE_UNIT = 1e4;
    private static final double STRUCTURE_UNIT = 1e3;
    private static final double SMALLEST = 1e-4;

    private StatisticsTable() {}

    /** Intervals of 95 percent, the header first: Wilson's of the successes, the bootstrap's of means. */
    public static List<List<String>> intervals(EvaluationReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("95% intervals", "success %", "PSNR", "SSIM", "MSE e4", "struct e3"));
        for (MethodSummary summary : report.methods()) {
            rows.add(List.of(
                    summary.method().name(),
                    summary.judged() == 0
                            ? "-"
                            : text(Interval.wilson(summary.successes(), summary.judged()), PERCENT, 0),
                    mean(summary, Measure.PSNR, 1, 1),
                    mean(summary, Measure.SSIM, 1, 3),
                    mean(summary, Measure.MSE, MSE_UNIT, 1),
                    mean(summary, Measure.STRUCTURE, STRUCTURE_UNIT, 1)));
        }
        return rows;
    }

    private static String mean(MethodSummary summary, Measure measure, double unit, int digits) {
        Collection<Double> values = measure.values(summary).values();
        return values.isEmpty()
                ? "-"
                : text(
                        Interval.bootstrap(
                                values.stream().mapToDouble(value -> value).toArray()),
                        unit,
                        digits);
    }

    private static String text(Interval interval, double unit, int digits) {
        String number = "%." + digits + "f";
        return String.format(Locale.ROOT, number + " to " + number, unit * interval.low(), unit * interval.high());
    }

    /** One row a compared pair, the header first: corrected p, marked where the first is proven better or worse. */
    public static List<List<String>> comparisons(EvaluationReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(Stream.concat(
                        Stream.of("corrected p of", "only first : only second"),
                        Stream.of(Measure.values()).map(Measure::title))
                .toList());
        for (Comparison one : report.comparisons()) {
            List<String> row = new ArrayList<>();
            row.add(one.first().method().name() + " : " + one.second().method().name());
            row.add(one.onlyFirst() + " : " + one.onlySecond());
            for (Measure measure : Measure.values()) {
                Finding finding = one.tests().get(measure);
                row.add(finding == null ? "-" : text(finding));
            }
            rows.add(row);
        }
        return rows;
    }

    private static String text(Finding finding) {
        String mark = finding.isProof() ? " +" : finding.isDisproof() ? " -" : "";
        return chance(finding.corrected()) + mark;
    }

    /** A p in words: as many digits as say something. */
    static String chance(double p) {
        return p < SMALLEST ? "<0.0001" : String.format(Locale.ROOT, p < 0.01 ? "%.4f" : "%.2f", p);
    }

    /** One row a case, the header first: what each method did, and what it kept. */
    public static List<List<String>> cases(EvaluationReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(Stream.concat(
                        Stream.of("case", "kind"),
                        report.methods().stream()
                                .map(summary -> summary.method().name()))
                .toList());
        for (TaskReport task : report.tasks()) {
            List<String> row =
                    new ArrayList<>(List.of(task.task().name(), task.task().kind()));
            for (MethodSummary summary : report.methods()) {
                row.add(EvaluationReport.result(summary, task.task())
                        .map(StatisticsTable::cell)
                        .orElse("-"));
            }
            rows.add(row);
        }
        return rows;
    }

    private static String cell(CaseResult result) {
        String mark = result.success() == null ? "" : result.success() ? "yes" : "no";
        String kept = result.psnr() == null ? "" : String.format(Locale.ROOT, "%.1f dB", result.psnr());
        return result.problem() == null ? (mark + " " + kept).strip() : "error";
    }
}
