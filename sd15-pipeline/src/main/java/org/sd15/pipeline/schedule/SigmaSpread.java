package org.sd15.pipeline.schedule;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** How the noise levels of a run are spread between the largest and the smallest, whatever the spacing of timesteps. */
public enum SigmaSpread implements Spelled {
    /** Evenly in sigma to the power of 1/7 (T. Karras et al., 2022, equation 5), {@code use_karras_sigmas}. */
    KARRAS,
    /** Evenly in the logarithm of sigma, {@code use_exponential_sigmas}. */
    EXPONENTIAL,
    /**
     * As the quantiles of a beta distribution (T. Lee et al., "Beta Sampling is All You Need", 2024), {@code
     * use_beta_sigmas}.
     */
    BETA,
    /**
     * The levels of {@link #EXPONENTIAL} with timesteps rounded to the nearest (C. Lu et al., "DPM-Solver", 2022, section
     * 4), {@code use_lu_lambdas}.
     */
    LU;

    /** The exponent of T. Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022. */
    private static final double RHO = 7;

    /** How a configuration spreads the levels; null for those of the timesteps. Most classes have no {@link #LU}. */
    static @Nullable SigmaSpread of(SchedulerConfig config) {
        SigmaSpread spread = ofAny(config);
        return spread == LU ? null : spread;
    }

    /** How a configuration spreads the levels; null for those of the timesteps. */
    static @Nullable SigmaSpread ofAny(SchedulerConfig config) {
        return SchedulerConfig.isTrue(config.useKarrasSigmas()) ? KARRAS : config.sigmaSpread();
    }

    /** Levels from the first to the last. */
    double[] sigmas(double first, double last, int count) {
        DoubleUnaryOperator along = switch (this) {
            case KARRAS -> sigma -> Math.pow(sigma, 1 / RHO);
            case EXPONENTIAL, LU -> Math::log;
            case BETA -> sigma -> sigma;
        };
        double from = along.applyAsDouble(first);
        double to = along.applyAsDouble(last);
        int steps = Math.max(1, count - 1);
        return IntStream.range(0, count)
                .mapToDouble(i -> switch (this) {
                    case KARRAS -> Math.pow(from + (to - from) * i / steps, RHO);
                    case EXPONENTIAL, LU -> Math.exp(from + (to - from) * i / steps);
                    case BETA -> to + BetaDistribution.quantile(1 - (double) i / steps) * (from - to);
                })
                .toArray();
    }

    /** Whether diffusers cuts off fractions of timesteps where a class has whole ones, rather than rounds them. */
    boolean cutsOff() {
        return this == EXPONENTIAL || this == BETA;
    }
}
