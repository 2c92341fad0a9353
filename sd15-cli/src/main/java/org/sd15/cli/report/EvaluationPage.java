package org.sd15.cli.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.benchmark.CaseResult;
import org.sd15.benchmark.EditTask;
import org.sd15.benchmark.EvaluationReport;
import org.sd15.benchmark.EvaluationTable;
import org.sd15.benchmark.MethodSummary;
import org.sd15.benchmark.StatisticsTable;
import org.sd15.benchmark.TaskReport;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * One page for an evaluation, pictures included: what the tests say, the tables, strips of the cases that most methods and
 * that fewest methods managed beside the truth, and every case as a row.
 *
 * @param report what was found out
 * @param pictures finds the result of a method for a case
 * @param strips how many cases of either end are shown
 */
public record EvaluationPage(EvaluationReport report, Gallery pictures, int strips) {

    /** Finds the result of a method for a case. */
    @FunctionalInterface
    public interface Gallery {

        /** The picture, or null if it is not there. */
        @Nullable
        BufferedImage picture(EditTask task, MethodSummary method) throws IOException;
    }

    private static final int WHITE = 255;
    private static final String TEMPLATE = "evaluation.html";

    /** The page. */
    public String html() throws IOException {
        List<TaskReport> ordered = report.tasks().stream()
                .sorted(Comparator.comparingLong((TaskReport task) -> report.successes(task.task()))
                        .reversed())
                .toList();
        int shown = Math.min(strips, ordered.size());
        String verdict = report.verdict().orElse("");
        String about = "Model %s, cases %s: %d reported, settings chosen on %d others; %d steps, seed %d."
                .formatted(
                        report.model(),
                        report.cases(),
                        report.tasks().size(),
                        report.searchCases(),
                        report.steps(),
                        report.seed());
        Map<String, String> values = new HashMap<>();
        values.put("verdict", Html.escape(verdict));
        values.put("about", Html.escape(about));
        values.put(
                "remarks",
                EvaluationTable.remarks(report).stream()
                        .filter(remark -> !remark.equals(verdict))
                        .map(remark -> "<p>" + Html.escape(remark) + "</p>\n")
                        .collect(Collectors.joining()));
        values.put("methods", table("settings", EvaluationTable.rows(report)));
        values.put("kinds", table("", EvaluationTable.kinds(report)));
        values.put("intervals", table("", StatisticsTable.intervals(report)));
        values.put("comparisons", table("", StatisticsTable.comparisons(report)));
        values.put("most", strips(ordered.subList(0, shown)));
        values.put("fewest", strips(ordered.subList(Math.max(shown, ordered.size() - shown), ordered.size())));
        values.put("cases", table("", StatisticsTable.cases(report)));
        return Template.named(TEMPLATE).filled(values);
    }

    /** A table that scrolls by itself where it is wider than the page. */
    private static String table(String style, List<List<String>> rows) {
        StringBuilder table = new StringBuilder("<div class=\"wide\"><table class=\"" + style + "\">\n");
        String cell = "th";
        for (List<String> row : rows) {
            String tag = cell;
            table.append(row.stream()
                    .map(text -> "<%s%s>%s</%s>".formatted(tag, cellStyle(text), Html.escape(text), tag))
                    .collect(Collectors.joining("", "<tr>", "</tr>\n")));
            cell = "td";
        }
        return table.append("</table></div>\n").toString();
    }

    private static String cellStyle(String text) {
        boolean no = text.startsWith("no ") || text.equals("no") || text.equals("error");
        return text.startsWith("yes") ? " class=\"yes\"" : no ? " class=\"no\"" : "";
    }

    private String strips(List<TaskReport> tasks) throws IOException {
        StringBuilder page = new StringBuilder();
        for (TaskReport task : tasks) {
            EditTask what = task.task();
            page.append("<p><b>%s</b> %s: %s &rarr; %s <span class=\"note\">%s</span></p>\n<div class=\"strip\">\n"
                    .formatted(
                            Html.escape(what.name()),
                            Html.escape(what.kind()),
                            Html.escape(what.job().source()),
                            Html.escape(what.job().target()),
                            task.facts().drawn() == null
                                    ? ""
                                    : "plain drawings that succeed: %d of %d"
                                            .formatted(
                                                    task.facts().drawn(),
                                                    task.facts().drawings())));
            truth(page, what);
            for (MethodSummary summary : report.methods()) {
                BufferedImage image = pictures.picture(what, summary);
                if (image != null) {
                    page.append(figure(style(summary, what), image, caption(summary, what)));
                }
            }
            page.append("</div>\n");
        }
        return page.toString();
    }

    private static void truth(StringBuilder page, EditTask task) throws IOException {
        BufferedImage given = Pictures.toImages(task.job().picture()).get(0);
        page.append(figure("", given, "given"));
        INDArray ideal = task.ideal();
        if (ideal != null) {
            page.append(figure("", Pictures.toImages(ideal).get(0), "true target"));
        }
        var mask = new BufferedImage(given.getWidth(), given.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < task.editable().length; i++) {
            int level = Math.round(WHITE * task.editable()[i]);
            mask.getRaster().setSample(i % mask.getWidth(), i / mask.getWidth(), 0, level);
        }
        page.append(figure("", mask, "true mask"));
    }

    private static String style(MethodSummary summary, EditTask task) {
        Boolean success =
                EvaluationReport.result(summary, task).map(CaseResult::success).orElse(null);
        String plus = summary.method().isCombination() ? " plus" : "";
        return (success == null ? "" : success ? "yes" : "no") + plus;
    }

    private static String caption(MethodSummary summary, EditTask task) {
        Optional<CaseResult> result = EvaluationReport.result(summary, task);
        Double psnr = result.map(CaseResult::psnr).orElse(null);
        return summary.method().name() + (psnr == null ? "" : String.format(java.util.Locale.ROOT, " %.1f dB", psnr));
    }

    private static String figure(String style, BufferedImage image, String caption) throws IOException {
        return "<figure class=\"%s\"><img alt=\"\" src=\"data:image/png;base64,%s\"><figcaption>%s</figcaption></figure>\n"
                .formatted(
                        style,
                        Base64.getEncoder().encodeToString(PngFile.encode(image, Map.of())),
                        Html.escape(caption));
    }
}
