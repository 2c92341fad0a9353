package org.sd15.benchmark.statistics;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A confidence interval of 95 percent.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record Interval(double low, double high) {

    private static final double CONFIDENCE = 0.95;

    /** The normal distribution's quantile of 0.975. */
    private static final double Z = 1.959963984540054;

    private static final int RESAMPLES = 10_000;
    private static final long SEED = 42;

    /**
     * Of a share, by Wilson's score.
     *
     * @param successes from 0 to {@code count}
     * @param count at least 1
     * @see "E. B. Wilson: Probable inference, the law of succession, and statistical inference, 1927"
     */
    public static Interval wilson(int successes, int count) {
        if (count < 1 || successes < 0 || successes > count) {
            throw new IllegalArgumentException("no share: %d of %d".formatted(successes, count));
        }
        double share = (double) successes / count;
        double shrink = 1 + Z * Z / count;
        double centre = (share + Z * Z / (2 * count)) / shrink;
        double reach = Z * Math.sqrt(share * (1 - share) / count + Z * Z / (4.0 * count * count)) / shrink;
        return new Interval(Math.max(0, centre - reach), Math.min(1, centre + reach));
    }

    /**
     * Of a mean, by the percentiles of the means of 10 000 samples drawn with replacement; the same values give the same
     * interval.
     *
     * @param values at least one
     * @see "B. Efron: Bootstrap methods: another look at the jackknife, 1979"
     */
    public static Interval bootstrap(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no mean of no values");
        }
        var random = new SplittableRandom(SEED);
        double[] means = new double[RESAMPLES];
        for (int i = 0; i < means.length; i++) {
            double sum = 0;
            for (int n = 0; n < values.length; n++) {
                sum += values[random.nextInt(values.length)];
            }
            means[i] = sum / values.length;
        }
        Arrays.sort(means);
        double tail = (1 - CONFIDENCE) / 2;
        return new Interval(quantile(means, tail), quantile(means, 1 - tail));
    }

    /** Between the two nearest of sorted values, linearly. */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
