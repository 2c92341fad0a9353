package org.sd15.cli.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sd15.benchmark.CaseResult;
import org.sd15.benchmark.EditTask;
import org.sd15.benchmark.EvaluationReport;
import org.sd15.benchmark.EvaluationTable;
import org.sd15.benchmark.MethodSummary;
import org.sd15.benchmark.TaskReport;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * One page for an evaluation, pictures included: the tables, and strips of the cases that most methods and that fewest
 * methods managed.
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

    private static final String HEAD = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Evaluation of edits</title>
            <style>
            body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; color: #1d1d24; }
            h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2.2rem; }
            table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: right; }
            td:first-child, th:first-child, td:last-child, th:last-child { text-align: left; }
            .strip { display: flex; flex-wrap: wrap; gap: .6rem; margin: .4rem 0 1.4rem; }
            figure { margin: 0; width: 96px; } figcaption { font-size: .72rem; line-height: 1.25; }
            img { width: 96px; height: 96px; image-rendering: pixelated; display: block; border: 3px solid #ccc; }
            .yes img { border-color: #2a9d46; } .no img { border-color: #d62828; } .plus figcaption { font-weight: 600; }
            .note { color: #666; }
            </style>
            </head>
            <body>
            <h1>Evaluation of edits</h1>
            """;

    /** The page. */
    public String html() throws IOException {
        StringBuilder page = new StringBuilder(HEAD);
        page.append("<p>Model %s, cases %s: %d reported, settings chosen on %d others; %d steps, seed %d.</p>\n"
                .formatted(
                        Html.escape(report.model()),
                        Html.escape(report.cases()),
                        report.tasks().size(),
                        report.searchCases(),
                        report.steps(),
                        report.seed()));
        page.append(table(EvaluationTable.rows(report))).append(table(EvaluationTable.kinds(report)));
        for (String remark : EvaluationTable.remarks(report)) {
            page.append("<p>").append(Html.escape(remark)).append("</p>\n");
        }
        List<TaskReport> ordered = report.tasks().stream()
                .sorted(Comparator.comparingLong((TaskReport task) -> report.successes(task.task()))
                        .reversed())
                .toList();
        int shown = Math.min(strips, ordered.size());
        page.append("<h2>Cases that most methods managed</h2>\n");
        strips(page, ordered.subList(0, shown));
        page.append("<h2>Cases that fewest methods managed</h2>\n");
        strips(page, ordered.subList(Math.max(shown, ordered.size() - shown), ordered.size()));
        return page.append("</body>\n</html>\n").toString();
    }

    private static String table(List<List<String>> rows) {
        StringBuilder table = new StringBuilder("<table>\n");
        String cell = "th";
        for (List<String> row : rows) {
            String tag = cell;
            table.append(row.stream()
                    .map(text -> "<%s>%s</%s>".formatted(tag, Html.escape(text), tag))
                    .collect(Collectors.joining("", "<tr>", "</tr>\n")));
            cell = "td";
        }
        return table.append("</table>\n").toString();
    }

    private void strips(StringBuilder page, List<TaskReport> tasks) throws IOException {
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
            page.append(figure("", Pictures.toImages(what.job().picture()).get(0), "given"));
            for (MethodSummary summary : report.methods()) {
                BufferedImage image = pictures.picture(what, summary);
                if (image != null) {
                    page.append(figure(style(summary, what), image, caption(summary, what)));
                }
            }
            page.append("</div>\n");
        }
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
