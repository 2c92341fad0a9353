package org.sd15.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.OptionalDouble;
import org.sd15.benchmark.statistics.Interval;

/** An evaluation as one JSON object. */
public final class EvaluationJson {

    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private EvaluationJson() {}

    /** The object: model, numbers of cases, one object a method, one a case. */
    public static ObjectNode of(EvaluationReport report) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("model", report.model()).put("cases_of", report.cases());
        root.put("steps", report.steps()).put("seed", report.seed());
        root.put("cases", report.tasks().size()).put("search_cases", report.searchCases());
        report.verdict().ifPresent(verdict -> root.put("verdict", verdict));
        ArrayNode methods = root.putArray("methods");
        report.methods().forEach(summary -> methods.add(method(summary)));
        ArrayNode comparisons = root.putArray("comparisons");
        report.comparisons().forEach(comparison -> comparisons.add(comparison(comparison)));
        ArrayNode tasks = root.putArray("tasks");
        report.tasks().forEach(task -> tasks.add(task(report, task)));
        return root;
    }

    private static ObjectNode method(MethodSummary summary) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("name", summary.method().name())
                .put("combination", summary.method().isCombination());
        ObjectNode settings = node.putObject("settings");
        summary.settings().values().forEach(settings::put);
        node.put("judged", summary.judged())
                .put("successes", summary.successes())
                .put("failures", summary.failures());
        put(node, "success", summary.success());
        if (summary.judged() > 0) {
            put(node, "success_interval", Interval.wilson(summary.successes(), summary.judged()));
        }
        double[] psnr = Comparison.Measure.PSNR.values(summary).values().stream()
                .mapToDouble(value -> value)
                .toArray();
        if (psnr.length > 0) {
            put(node, "psnr_interval", Interval.bootstrap(psnr));
        }
        put(node, "psnr", summary.mean(CaseResult::psnr));
        put(node, "ssim", summary.mean(CaseResult::ssim));
        put(node, "mse", summary.mean(CaseResult::mse));
        put(node, "structure_distance", summary.mean(CaseResult::structure));
        put(node, "mask_iou", summary.mean(CaseResult::maskIou));
        put(node, "reconstruction_psnr", summary.mean(CaseResult::reconstruction));
        put(node, "seconds_per_edit", summary.median(CaseResult::seconds));
        put(node, "seconds_per_inversion", summary.median(CaseResult::inversionSeconds));
        ObjectNode kinds = node.putObject("successes_by_kind");
        summary.byKind().forEach((kind, one) -> kinds.put(kind, one.successes()));
        return node;
    }

    private static void put(ObjectNode node, String name, Interval interval) {
        node.putArray(name).add(interval.low()).add(interval.high());
    }

    private static ObjectNode comparison(Comparison comparison) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("first", comparison.first().method().name())
                .put("second", comparison.second().method().name())
                .put("only_first_succeeds", comparison.onlyFirst())
                .put("only_second_succeeds", comparison.onlySecond());
        comparison
                .tests()
                .forEach((measure, finding) -> node.putObject(measure.name().toLowerCase(Locale.ROOT))
                        .put("first_is_better", finding.isBetter())
                        .put("p", finding.p())
                        .put("p_holm", finding.corrected()));
        return node;
    }

    private static void put(ObjectNode node, String name, OptionalDouble value) {
        if (value.isPresent()) {
            node.put(name, value.getAsDouble());
        } else {
            node.putNull(name);
        }
    }

    private static ObjectNode task(EvaluationReport report, TaskReport task) {
        ObjectNode node = MAPPER.createObjectNode();
        EditTask what = task.task();
        TaskReport.Facts facts = task.facts();
        node.put("name", what.name()).put("kind", what.kind());
        node.put("source", what.job().source()).put("target", what.job().target());
        node.put("plain_drawings", facts.drawings()).put("plain_successes", facts.drawn());
        node.put("drawing_seconds", facts.drawingSeconds());
        node.put("heat_map_iou", facts.heatIou()).put("heat_map_energy", facts.heatEnergy());
        node.put("area", facts.area());
        ObjectNode results = node.putObject("results");
        for (MethodSummary summary : report.methods()) {
            EvaluationReport.result(summary, what)
                    .ifPresent(result -> results.set(summary.method().name(), MAPPER.valueToTree(result)));
        }
        return node;
    }
}
