package org.sd15.benchmark;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What an evaluation found out.
 *
 * @param model its name
 * @param cases what the cases are of
 * @param steps sampler steps
 * @param seed of all that is random in edits
 * @param searchCases number of the cases that settings were chosen by
 * @param methods one summary a method
 * @param tasks one a reported case
 */
public record EvaluationReport(
        String model,
        String cases,
        int steps,
        long seed,
        int searchCases,
        List<MethodSummary> methods,
        List<TaskReport> tasks) {

    /** Copies the lists. */
    public EvaluationReport {
        methods = List.copyOf(methods);
        tasks = List.copyOf(tasks);
    }

    /** The combination that is best by percent of success plus decibels of what was kept. */
    public Optional<MethodSummary> bestCombination() {
        return methods.stream()
                .filter(summary -> summary.method().isCombination())
                .max(Comparator.comparingDouble(MethodSummary::worth));
    }

    /** The published methods. */
    public List<MethodSummary> published() {
        return methods.stream()
                .filter(summary -> !summary.method().isCombination())
                .toList();
    }

    /** What the tests say of every combination and every published method. */
    public List<Comparison> comparisons() {
        return Comparison.of(methods);
    }

    /** In a sentence, whether the best combination is proven to be better than the published methods, and by what. */
    public Optional<String> verdict() {
        return bestCombination().flatMap(best -> Verdict.of(best, comparisons()));
    }

    /** What a method did with a case. */
    public static Optional<CaseResult> result(MethodSummary summary, EditTask task) {
        return summary.results().stream()
                .filter(result -> result.task().equals(task.name()))
                .findFirst();
    }

    /** How many methods did what a case asks for. */
    public long successes(EditTask task) {
        return methods.stream()
                .flatMap(summary -> result(summary, task).stream())
                .filter(result -> Boolean.TRUE.equals(result.success()))
                .count();
    }
}
