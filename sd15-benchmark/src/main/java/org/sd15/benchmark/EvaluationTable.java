package org.sd15.benchmark;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An evaluation as tables of text. */
public final class EvaluationTable {

    private static final double PERCENT = 100;
    private static final double MSE_UNIT = 1e4;
    private static final double STRUCTURE_UNIT = 1e3;
    private static final List<String> HEADER = List.of(
            "method",
            "success",
            "PSNR",
            "SSIM",
            "MSE e4",
            "struct e3",
            "mask IoU",
            "recon",
            "s/edit",
            "s/inv",
            "settings");

    private EvaluationTable() {}

    /** All rows of the main table, the header first. Combinations are marked by a plus. */
    public static List<List<String>> rows(EvaluationReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        report.methods().forEach(summary -> rows.add(row(summary)));
        return rows;
    }

    private static List<String> row(MethodSummary summary) {
        return List.of(
                name(summary),
                success(summary),
                number(summary.mean(CaseResult::psnr), 1, 2),
                number(summary.mean(CaseResult::ssim), 1, 3),
                number(summary.mean(CaseResult::mse), MSE_UNIT, 1),
                number(summary.mean(CaseResult::structure), STRUCTURE_UNIT, 1),
                number(summary.mean(CaseResult::maskIou), 1, 2),
                number(summary.mean(CaseResult::reconstruction), 1, 1),
                number(summary.median(CaseResult::seconds), 1, 2),
                number(summary.median(CaseResult::inversionSeconds), 1, 2),
                summary.settings().toString());
    }

    private static String name(MethodSummary summary) {
        return (summary.method().isCombination() ? "+ " : "") + summary.method().name();
    }

    private static String success(MethodSummary summary) {
        return summary.success().isEmpty()
                ? "-"
                : "%d/%d %.0f%%"
                        .formatted(
                                summary.successes(),
                                summary.judged(),
                                PERCENT * summary.success().getAsDouble());
    }

    private static String number(OptionalDouble value, double unit, int digits) {
        return value.isEmpty() ? "-" : String.format(Locale.ROOT, "%." + digits + "f", unit * value.getAsDouble());
    }

    /** Rows of successes for each kind of case, the header first. */
    public static List<List<String>> kinds(EvaluationReport report) {
        Set<String> kinds = new LinkedHashSet<>();
        report.tasks().forEach(task -> kinds.add(task.task().kind()));
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("success by kind"));
        header.addAll(kinds);
        rows.add(header);
        for (MethodSummary summary : report.methods()) {
            List<String> row = new ArrayList<>(List.of(name(summary)));
            var ofKinds = summary.byKind();
            for (String kind : kinds) {
                MethodSummary one = ofKinds.get(kind);
                row.add(one == null || one.judged() == 0 ? "-" : one.successes() + "/" + one.judged());
            }
            rows.add(row);
        }
        return rows;
    }

    /** What is said of the cases themselves: the heat maps, and the targets that the model can't draw. */
    public static List<String> remarks(EvaluationReport report) {
        List<String> lines = new ArrayList<>();
        List<TaskReport> tasks = report.tasks();
        double iou = TaskReports.mean(tasks, TaskReport.Facts::heatIou);
        if (!Double.isNaN(iou)) {
            lines.add(String.format(
                    Locale.ROOT,
                    "heat map of the source's word: IoU %.2f with the truth, %.0f%% of its energy in it (%.0f%% of the area)",
                    iou,
                    PERCENT * TaskReports.mean(tasks, TaskReport.Facts::heatEnergy),
                    PERCENT * TaskReports.mean(tasks, TaskReport.Facts::area)));
        }
        List<String> beyond = tasks.stream()
                .filter(TaskReport::isBeyondTheModel)
                .map(task -> task.task().name())
                .toList();
        if (tasks.stream().anyMatch(task -> task.facts().drawn() != null)) {
            lines.add("targets that the model draws from none of %d seeds: %d of %d cases%s"
                    .formatted(
                            tasks.get(0).facts().drawings(),
                            beyond.size(),
                            tasks.size(),
                            beyond.isEmpty() ? "" : " (" + String.join(" ", beyond) + ")"));
        }
        double seconds = TaskReports.mean(tasks, TaskReport.Facts::drawingSeconds);
        if (!Double.isNaN(seconds)) {
            lines.add(String.format(Locale.ROOT, "a plain drawing takes %.2f s", seconds));
        }
        report.verdict().ifPresent(lines::add);
        return lines;
    }

    /** The tables and remarks as text. */
    public static String text(EvaluationReport report) {
        String proof = report.methods().size() < 2 ? "" : aligned(StatisticsTable.comparisons(report)) + "\n";
        return aligned(rows(report)) + "\n"
                + aligned(kinds(report)) + "\n"
                + aligned(StatisticsTable.intervals(report)) + "\n"
                + proof
                + String.join("\n", remarks(report)) + "\n";
    }

    private static String aligned(List<List<String>> rows) {
        int[] widths = IntStream.range(0, rows.get(0).size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String line(Collection<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        int column = 0;
        for (String cell : row) {
            String padding = " ".repeat(widths[column] - cell.length());
            boolean left = column == 0 || column == HEADER.size() - 1;
            line.append(left ? cell + padding : padding + cell).append("  ");
            column++;
        }
        return line.toString().stripTrailing();
    }
}
