package org.sd15.benchmark;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sd15.benchmark.method.BenchmarkMethod;
import org.sd15.benchmark.method.Settings;

/**
 * What a method reached over all cases, with one choice of settings. Means leave out cases without the number.
 *
 * @param method the method
 * @param settings it was run with
 * @param results one a case
 */
public record MethodSummary(BenchmarkMethod method, Settings settings, List<CaseResult> results) {

    private static final double PERCENT = 100;

    /** Copies the list. */
    public MethodSummary {
        results = List.copyOf(results);
    }

    /** Cases that could be judged; an edit that failed counts as one that did not do what was asked for. */
    public int judged() {
        return (int) results.stream().filter(MethodSummary::isJudged).count();
    }

    private static boolean isJudged(CaseResult result) {
        return result.success() != null;
    }

    /** Edits that did what was asked for. */
    public int successes() {
        return (int) results.stream()
                .filter(result -> Boolean.TRUE.equals(result.success()))
                .count();
    }

    /** Edits that ended with an error. */
    public int failures() {
        return (int) results.stream().filter(result -> result.problem() != null).count();
    }

    /** Share of the judged cases that succeeded, from 0 to 1; empty if none could be judged. */
    public OptionalDouble success() {
        return judged() == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) successes() / judged());
    }

    /** The same for each kind of case. */
    public Map<String, MethodSummary> byKind() {
        Map<String, MethodSummary> kinds = new LinkedHashMap<>();
        for (CaseResult result : results) {
            kinds.computeIfAbsent(result.kind(), this::ofKind);
        }
        return kinds;
    }

    private MethodSummary ofKind(String kind) {
        return new MethodSummary(
                method,
                settings,
                results.stream().filter(result -> result.kind().equals(kind)).toList());
    }

    /** The mean of a number over the cases that have it. */
    public OptionalDouble mean(Function<CaseResult, @Nullable Double> number) {
        return Arrays.stream(values(number)).average();
    }

    /** The median of a number over the cases that have it. */
    public OptionalDouble median(Function<CaseResult, @Nullable Double> number) {
        double[] sorted = values(number);
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        if (sorted.length == 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2);
    }

    private double[] values(Function<CaseResult, @Nullable Double> number) {
        return results.stream()
                .map(number)
                .filter(Objects::nonNull)
                .mapToDouble(value -> value)
                .toArray();
    }

    /** What settings are chosen by: percent of success plus decibels of what was kept; a decibel is worth a percent. */
    double worth() {
        return PERCENT * success().orElse(0) + mean(CaseResult::psnr).orElse(0);
    }

    /** Whether this is better than another method in success and in all measures of what was kept, all at once. */
    public boolean isBetterThan(MethodSummary other) {
        return success().orElse(0) > other.success().orElse(0)
                && mean(CaseResult::psnr).orElse(0)
                        > other.mean(CaseResult::psnr).orElse(0)
                && mean(CaseResult::ssim).orElse(0)
                        > other.mean(CaseResult::ssim).orElse(0)
                && mean(CaseResult::mse).orElse(1) < other.mean(CaseResult::mse).orElse(1);
    }
}
