package org.sd15.benchmark;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sd15.benchmark.Comparison.Finding;
import org.sd15.benchmark.Comparison.Measure;
import org.sd15.benchmark.statistics.Interval;

/** What an evaluation proves, in a sentence: more successes are no proof as long as chance may have made them. */
final class Verdict {

    private static final double PERCENT = 100;

    private Verdict() {}

    /** Of a combination against the published methods; empty without any. */
    static Optional<String> of(MethodSummary best, List<Comparison> all) {
        List<Comparison> own = all.stream()
                .filter(comparison -> comparison.first().equals(best))
                .filter(comparison -> !comparison.second().method().isCombination())
                .toList();
        if (own.isEmpty()) {
            return Optional.empty();
        }
        String proven = Stream.of(Measure.values())
                .filter(measure -> own.stream().anyMatch(one -> one.tests().containsKey(measure)))
                .map(measure -> "%d by %s"
                        .formatted(
                                own.stream().filter(one -> one.proves(measure)).count(), measure.title()))
                .collect(Collectors.joining(", "));
        String counted =
                "of %d published methods, %s is proven better than %s (p < 0.05 by Holm's correction over %d pairs)"
                        .formatted(own.size(), best.method().name(), proven, all.size());
        return Optional.of(successes(best, own) + counted);
    }

    /** Beside the published method with the most successes. */
    private static String successes(MethodSummary best, List<Comparison> own) {
        Comparison hardest = own.stream()
                .max(Comparator.comparingInt(comparison -> comparison.second().successes()))
                .orElseThrow();
        Finding finding = hardest.tests().get(Measure.SUCCESS);
        if (finding == null) {
            return "";
        }
        return String.format(
                Locale.ROOT,
                "%s succeeds in %s, %s in %s: %s (McNemar p = %s, by Holm's correction %s); ",
                best.method().name(),
                share(best),
                hardest.second().method().name(),
                share(hardest.second()),
                finding.isProof() ? "more than chance would give" : "no proof that it does more",
                StatisticsTable.chance(finding.p()),
                StatisticsTable.chance(finding.corrected()));
    }

    private static String share(MethodSummary summary) {
        Interval interval = Interval.wilson(summary.successes(), summary.judged());
        return String.format(
                Locale.ROOT,
                "%d of %d (95 %%: %.0f to %.0f %%)",
                summary.successes(),
                summary.judged(),
                PERCENT * interval.low(),
                PERCENT * interval.high());
    }
}
