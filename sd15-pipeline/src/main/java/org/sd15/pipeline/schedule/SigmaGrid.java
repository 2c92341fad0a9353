package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;

/**
 * The noise levels of a run of a solver that works on {@code sigma / alpha}: one per step and the one that the last
 * step ends on, and the timesteps that tell the model about them.
 */
final class SigmaGrid {

    /** The exponent of T. Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022. */
    private static final double RHO = 7;

    private final double[] timesteps;
    private final NoiseLevel[] levels;

    private SigmaGrid(double[] timesteps, double[] ratios, double last) {
        this.timesteps = timesteps;
        this.levels = DoubleStream.concat(Arrays.stream(ratios), DoubleStream.of(last))
                .mapToObj(NoiseLevel::ofRatio)
                .toArray(NoiseLevel[]::new);
    }

    /** Levels between those of the training, timesteps in single precision: Euler, Heun and LMS. */
    static SigmaGrid fractional(NoiseSchedule schedule, SchedulerConfig config, double[] timesteps, boolean karras) {
        double[] table = table(schedule);
        double[] ratios =
                Arrays.stream(timesteps).map(t -> interpolated(table, t)).toArray();
        if (!karras) {
            return new SigmaGrid(timesteps, ratios, last(config, table));
        }
        double[] spread = karras(ratios[0], ratios[ratios.length - 1], ratios.length);
        double[] between = Arrays.stream(spread)
                .map(sigma -> (float) timestep(table, sigma))
                .toArray();
        return new SigmaGrid(between, spread, last(config, table));
    }

    /** Levels and whole timesteps: DPM-Solver and UniPC. */
    static SigmaGrid whole(NoiseSchedule schedule, SchedulerConfig config, int[] timesteps) {
        double[] table = table(schedule);
        if (!SchedulerConfig.isTrue(config.useKarrasSigmas())) {
            double[] ratios =
                    Arrays.stream(timesteps).mapToDouble(t -> table[t]).toArray();
            return new SigmaGrid(Arrays.stream(timesteps).asDoubleStream().toArray(), ratios, last(config, table));
        }
        double[] spread = karras(table[table.length - 1], table[0], timesteps.length);
        double[] nearest = Arrays.stream(spread)
                .map(sigma -> Math.rint(timestep(table, sigma)))
                .toArray();
        return new SigmaGrid(nearest, spread, last(config, table));
    }

    int steps() {
        return timesteps.length;
    }

    double timestep(int step) {
        return timesteps[step];
    }

    /** The level that a step starts from; that of the number of steps is the one that the last step ends on. */
    NoiseLevel level(int step) {
        return levels[step];
    }

    /**
     * The deviation of the start noise in a space where the noise grows and the picture does not: for leading spacing,
     * which starts below the last timestep, the picture's own variance is added.
     */
    double largestRatio(SchedulerConfig config) {
        double largest =
                Arrays.stream(levels).mapToDouble(NoiseLevel::ratio).max().orElseThrow();
        boolean leading = config.timestepSpacing() == SchedulerConfig.TimestepSpacing.LEADING;
        return leading ? Math.sqrt(largest * largest + 1) : largest;
    }

    private static double[] table(NoiseSchedule schedule) {
        return IntStream.range(0, schedule.timesteps())
                .mapToDouble(t -> schedule.level(t).ratio())
                .toArray();
    }

    private static double last(SchedulerConfig config, double[] table) {
        return switch (requireNonNullElse(config.finalSigmasType(), FinalSigmasType.ZERO)) {
            case ZERO -> 0;
            case SIGMA_MIN -> table[0];
        };
    }

    private static double[] karras(double largest, double smallest, int count) {
        double from = Math.pow(largest, 1 / RHO);
        double to = Math.pow(smallest, 1 / RHO);
        return IntStream.range(0, count)
                .mapToDouble(i -> Math.pow(from + (to - from) * i / Math.max(1, count - 1), RHO))
                .toArray();
    }

    private static double interpolated(double[] table, double timestep) {
        int below = Math.min((int) timestep, table.length - 2);
        return table[below] + (table[below + 1] - table[below]) * (timestep - below);
    }

    /** The timestep of a level, linear in the logarithm between those of the training. */
    private static double timestep(double[] table, double sigma) {
        int found = Arrays.binarySearch(table, sigma);
        int below = Math.min(Math.max(found >= 0 ? found : -found - 2, 0), table.length - 2);
        double low = Math.log(table[below]);
        double share = (low - Math.log(sigma)) / (low - Math.log(table[below + 1]));
        return below + Math.min(Math.max(share, 0), 1);
    }
}
