package org.sd15.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.sd15.benchmark.statistics.PairedTest;

/**
 * Two methods on the same cases: is one better than chance would have it? Successes by McNemar's exact test, measures by
 * Wilcoxon's exact signed-rank test, each p by Holm's correction over all compared pairs.
 *
 * @param first a method
 * @param second what it is compared with
 * @param onlyFirst cases in which only the first succeeded
 * @param onlySecond cases in which only the second did
 * @param tests one a {@link Measure} that both methods have
 */
public record Comparison(
        MethodSummary first, MethodSummary second, int onlyFirst, int onlySecond, Map<Measure, Finding> tests) {

    private static final double LEVEL = 0.05;

    /** What methods are compared by. */
    public enum Measure {
        /** Whether the edit did what was asked for. */
        SUCCESS("success", true, result -> result.success() == null ? null : result.success() ? 1.0 : 0.0),
        /** Of what should have been kept, in dB. */
        PSNR("PSNR", true, CaseResult::psnr),
        /** Of the same. */
        SSIM("SSIM", true, CaseResult::ssim),
        /** Of the same. */
        MSE("MSE", false, CaseResult::mse),
        /** Distance of the whole picture. */
        STRUCTURE("structure", false, CaseResult::structure);

        private final String title;
        private final boolean moreIsBetter;
        private final Function<CaseResult, @Nullable Double> value;

        Measure(String title, boolean moreIsBetter, Function<CaseResult, @Nullable Double> value) {
            this.title = title;
            this.moreIsBetter = moreIsBetter;
            this.value = value;
        }

        /** Its name in a table. */
        public String title() {
            return title;
        }

        /** Of the cases that have it, by name. */
        Map<String, Double> values(MethodSummary summary) {
            Map<String, Double> values = new LinkedHashMap<>();
            for (CaseResult result : summary.results()) {
                Double one = value.apply(result);
                if (one != null) {
                    values.put(result.task(), one);
                }
            }
            return values;
        }
    }

    /**
     * What a test found.
     *
     * @param isBetter whether the first method has the better mean
     * @param p of the test alone
     * @param corrected p by Holm's correction
     */
    public record Finding(boolean isBetter, double p, double corrected) {

        /** Whether the first method is better, and that is no chance. */
        public boolean isProof() {
            return isBetter && corrected < LEVEL;
        }

        /** Whether the first method is worse, and that is no chance. */
        public boolean isDisproof() {
            return !isBetter && corrected < LEVEL;
        }
    }

    /** Copies the map. */
    public Comparison {
        tests = Map.copyOf(tests);
    }

    /** Whether the first method is proven to be better by a measure. */
    public boolean proves(Measure measure) {
        Finding finding = tests.get(measure);
        return finding != null && finding.isProof();
    }

    /** Every combination with every published method; all methods with each other, if there are none of one sort. */
    static List<Comparison> of(List<MethodSummary> methods) {
        List<MethodSummary[]> pairs = pairs(methods, true);
        List<MethodSummary[]> compared = pairs.isEmpty() ? pairs(methods, false) : pairs;
        List<Map<Measure, Finding>> tests = new ArrayList<>();
        compared.forEach(pair -> tests.add(new HashMap<>()));
        for (Measure measure : Measure.values()) {
            add(measure, compared, tests);
        }
        return IntStream.range(0, compared.size())
                .mapToObj(i -> of(compared.get(i)[0], compared.get(i)[1], tests.get(i)))
                .toList();
    }

    private static List<MethodSummary[]> pairs(List<MethodSummary> methods, boolean ofBothSorts) {
        List<MethodSummary[]> pairs = new ArrayList<>();
        for (int i = 0; i < methods.size(); i++) {
            for (int j = 0; j < methods.size(); j++) {
                boolean combination = methods.get(i).method().isCombination();
                boolean other = methods.get(j).method().isCombination();
                if (ofBothSorts ? combination && !other : i < j) {
                    pairs.add(new MethodSummary[] {methods.get(i), methods.get(j)});
                }
            }
        }
        return pairs;
    }

    private static void add(Measure measure, List<MethodSummary[]> pairs, List<Map<Measure, Finding>> tests) {
        List<Integer> tested = new ArrayList<>();
        List<Double> chances = new ArrayList<>();
        List<Boolean> better = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            double[] differences = differences(measure, pairs.get(i)[0], pairs.get(i)[1]);
            if (differences.length > 0) {
                double sum = Arrays.stream(differences).sum();
                tested.add(i);
                better.add(measure.moreIsBetter ? sum > 0 : sum < 0);
                chances.add(
                        measure == Measure.SUCCESS
                                ? PairedTest.mcNemar(count(differences, 1), count(differences, -1))
                                : PairedTest.signedRank(differences));
            }
        }
        List<Double> corrected = PairedTest.holm(chances);
        for (int n = 0; n < tested.size(); n++) {
            tests.get(tested.get(n)).put(measure, new Finding(better.get(n), chances.get(n), corrected.get(n)));
        }
    }

    private static Comparison of(MethodSummary first, MethodSummary second, Map<Measure, Finding> tests) {
        double[] differences = differences(Measure.SUCCESS, first, second);
        return new Comparison(first, second, count(differences, 1), count(differences, -1), tests);
    }

    private static int count(double[] differences, double wanted) {
        int count = 0;
        for (double difference : differences) {
            count += difference == wanted ? 1 : 0;
        }
        return count;
    }

    /** The first method's value less the second's, of each case that both have. */
    private static double[] differences(Measure measure, MethodSummary first, MethodSummary second) {
        Map<String, Double> others = new HashMap<>(measure.values(second));
        Map<String, Double> own = measure.values(first);
        others.keySet().retainAll(own.keySet());
        return others.entrySet().stream()
                .mapToDouble(other -> own.getOrDefault(other.getKey(), Double.NaN) - other.getValue())
                .toArray();
    }
}
