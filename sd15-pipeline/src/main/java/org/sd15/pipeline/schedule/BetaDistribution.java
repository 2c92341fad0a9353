package org.sd15.pipeline.schedule;

/** The beta distribution with both parameters 0.6: that of {@link SigmaSpread#BETA}. */
final class BetaDistribution {

    private static final double PARAMETER = 0.6;

    /** Gamma(0.6)^2 / Gamma(1.2), the integral of the density before it is normalised. */
    private static final double NORMALISATION = 2.4153442080024714;

    /** Terms of the series up to one half, where each is less than half of the one before. */
    private static final int TERMS = 60;

    /** Bits of a double's fraction and some of its exponent. */
    private static final int HALVINGS = 80;

    private BetaDistribution() {}

    /** The value that a share of the distribution lies below, {@code scipy.stats.beta.ppf(share, 0.6, 0.6)}. */
    static double quantile(double share) {
        if (share > 0.5) {
            return 1 - quantile(1 - share); // it is symmetric
        }
        double low = 0;
        double high = 0.5;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (cumulative(middle) < share) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * The share of the distribution below a value of at most one half.
     *
     * @see <a href="https://dlmf.nist.gov/8.17#E7">NIST, Digital Library of Mathematical Functions, 8.17.7</a>
     */
    private static double cumulative(double value) {
        double coefficient = 1; // (1 - b)_n / n! x^n
        double sum = 0;
        for (int n = 0; n < TERMS; n++) {
            sum += coefficient / (PARAMETER + n);
            coefficient *= (1 - PARAMETER + n) / (n + 1) * value;
        }
        return Math.pow(value, PARAMETER) * sum / NORMALISATION;
    }
}
