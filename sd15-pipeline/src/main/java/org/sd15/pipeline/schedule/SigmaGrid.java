package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;

/**
 * The noise levels of a run of a solver that works on {@code sigma / alpha}: one per step and the one that the last
 * step ends on, and the timesteps that tell the model about them.
 */
final class SigmaGrid {

    private final double[] table;
    private final double[] timesteps;
    private final NoiseLevel[] levels;

    private SigmaGrid(double[] table, double[] timesteps, double[] ratios, double last) {
        this(
                table,
                timesteps,
                DoubleStream.concat(Arrays.stream(ratios), DoubleStream.of(last))
                        .mapToObj(NoiseLevel::ofRatio)
                        .toArray(NoiseLevel[]::new));
    }

    private SigmaGrid(double[] table, double[] timesteps, NoiseLevel[] levels) {
        this.table = table;
        this.timesteps = timesteps;
        this.levels = levels;
    }

    /** Levels between those of the training, timesteps in single precision: Euler, Heun, LMS and their kin. */
    static SigmaGrid fractional(
            NoiseSchedule schedule, SchedulerConfig config, double[] timesteps, @Nullable SigmaSpread spread) {
        return fractional(table(schedule), config, timesteps, spread);
    }

    /** The same from the table that torch computes in single precision: levels that are diffusers' once they are cast. */
    static SigmaGrid inSinglePrecision(
            NoiseSchedule schedule, SchedulerConfig config, double[] timesteps, @Nullable SigmaSpread spread) {
        double[] table = IntStream.range(0, schedule.timesteps())
                .mapToObj(t -> (float) schedule.alphaCumprod(t))
                .mapToDouble(signal -> (float) Math.sqrt((1 - signal) / signal))
                .toArray();
        return fractional(table, config, timesteps, spread);
    }

    private static SigmaGrid fractional(
            double[] table, SchedulerConfig config, double[] timesteps, @Nullable SigmaSpread spread) {
        double[] ratios =
                Arrays.stream(timesteps).map(t -> interpolated(table, t)).toArray();
        if (spread == null) {
            return new SigmaGrid(table, timesteps, ratios, last(config, table));
        }
        double[] logarithms = logarithms(table);
        double[] spreadOut = spread.sigmas(ratios[0], ratios[ratios.length - 1], ratios.length);
        double[] between = Arrays.stream(spreadOut)
                .map(sigma -> (float) timestep(logarithms, sigma))
                .toArray();
        return new SigmaGrid(table, between, spreadOut, last(config, table));
    }

    /**
     * Given levels.
     *
     * @param ratios noise over signal, one more than there are steps
     */
    static SigmaGrid given(NoiseSchedule schedule, double[] ratios) {
        double[] table = table(schedule);
        double[] starts = Arrays.copyOf(ratios, ratios.length - 1);
        double[] logarithms = logarithms(table);
        double[] between = Arrays.stream(starts)
                .map(sigma -> (float) timestep(logarithms, sigma))
                .toArray();
        return new SigmaGrid(table, between, starts, ratios[starts.length]);
    }

    /** Levels and whole timesteps: DPM-Solver, UniPC and their kin. */
    static SigmaGrid whole(
            NoiseSchedule schedule, SchedulerConfig config, int[] timesteps, @Nullable SigmaSpread spread) {
        double[] table = table(schedule);
        if (spread == null) {
            return new SigmaGrid(table, doubles(timesteps), at(table, timesteps), last(config, table));
        }
        double[] ratios = spread.sigmas(table[table.length - 1], table[0], timesteps.length);
        return new SigmaGrid(table, wholeTimesteps(table, ratios, spread), ratios, last(config, table));
    }

    /** Levels that rise, with whole timesteps, none of them twice, to the highest of the training: inversion. */
    static SigmaGrid rising(NoiseSchedule schedule, int[] timesteps, @Nullable SigmaSpread spread) {
        double[] table = table(schedule);
        double highest = table[table.length - 1];
        if (spread == null) {
            return new SigmaGrid(table, doubles(timesteps), at(table, timesteps), highest);
        }
        double[] ratios = spread.sigmas(table[0], highest, timesteps.length);
        double[] distinct =
                Arrays.stream(wholeTimesteps(table, ratios, spread)).distinct().toArray();
        return new SigmaGrid(table, distinct, ratios, highest);
    }

    /** The same levels, their timesteps rounded. */
    SigmaGrid withWholeTimesteps() {
        double[] whole = Arrays.stream(timesteps).map(Math::rint).toArray();
        return new SigmaGrid(table, whole, levels);
    }

    /** The timestep of any level, in single precision. */
    double timestepOf(NoiseLevel level) {
        return (float) timestep(logarithms(table), level.ratio());
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

    private static double[] doubles(int[] timesteps) {
        return Arrays.stream(timesteps).asDoubleStream().toArray();
    }

    private static double[] at(double[] table, int[] timesteps) {
        return Arrays.stream(timesteps).mapToDouble(t -> table[t]).toArray();
    }

    /**
     * Whole timesteps as diffusers tells them. Where it cuts off the fraction, the timestep of the highest level hangs on
     * the rounding of its logarithm to single precision.
     */
    private static double[] wholeTimesteps(double[] table, double[] ratios, SigmaSpread spread) {
        double[] logarithms = logarithms(table);
        if (!spread.cutsOff()) {
            return Arrays.stream(ratios)
                    .map(sigma -> Math.rint(timestep(logarithms, sigma)))
                    .toArray();
        }
        double[] single = Arrays.stream(table)
                .map(sigma -> (float) Math.log((float) sigma))
                .toArray();
        return Arrays.stream(ratios)
                .map(sigma -> Math.floor(timestep(single, sigma)))
                .toArray();
    }

    private static double[] logarithms(double[] table) {
        return Arrays.stream(table).map(Math::log).toArray();
    }

    private static double interpolated(double[] table, double timestep) {
        int below = Math.min((int) timestep, table.length - 2);
        return table[below] + (table[below + 1] - table[below]) * (timestep - below);
    }

    /** The timestep of a level, linear in the logarithm between those of the training. */
    private static double timestep(double[] logarithms, double sigma) {
        double logarithm = Math.log(sigma);
        int found = Arrays.binarySearch(logarithms, logarithm);
        int below = Math.min(Math.max(found >= 0 ? found : -found - 2, 0), logarithms.length - 2);
        double low = logarithms[below];
        double share = (low - logarithm) / (low - logarithms[below + 1]);
        return below + Math.min(Math.max(share, 0), 1);
    }
}
