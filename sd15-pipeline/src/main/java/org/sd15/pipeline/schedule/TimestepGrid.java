package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * The timesteps of a run, descending. Three families of classes spread them in three ways, each rounding as NumPy does.
 *
 * <p>With trailing spacing diffusers has one timestep too many, -1, for 62 numbers of steps below 1000, 61 the first of
 * them; here there are always as many as asked for.
 *
 * @param spacing how they are spread
 * @param trainTimesteps timesteps of the training
 * @param offset added to those of leading spacing
 */
record TimestepGrid(TimestepSpacing spacing, int trainTimesteps, int offset) {

    static TimestepGrid of(SchedulerConfig config, TimestepSpacing own) {
        return new TimestepGrid(
                requireNonNullElse(config.timestepSpacing(), own),
                config.trainTimesteps(),
                requireNonNullElse(config.stepsOffset(), 0));
    }

    /** Checks a number of steps, and how many of them are left out at the start. */
    TimestepGrid checkSteps(int steps, int skipped) {
        if (steps < 1 || steps > trainTimesteps || skipped < 0 || skipped >= steps) {
            throw new IllegalArgumentException(
                    "%d steps of which %d are skipped; from 1 to %d steps are possible, and one must be left"
                            .formatted(steps, skipped, trainTimesteps));
        }
        return this;
    }

    /** Whole numbers: DDIM, DDPM and PNDM. */
    int[] whole(int steps) {
        return integers(checked(
                steps,
                switch (spacing) {
                    case LEADING -> leading(steps, trainTimesteps / steps, 0);
                    case LINSPACE -> i -> Math.rint(linspace(steps, steps - 1 - i));
                    case TRAILING -> trailing(steps);
                }));
    }

    /** Numbers in single precision: Euler, Heun, LMS and KDPM2, which interpolate between timesteps. */
    double[] fractional(int steps) {
        double[] timesteps = exact(steps);
        Arrays.setAll(timesteps, i -> (float) timesteps[i]);
        return timesteps;
    }

    /** Numbers in double precision: DPM-Solver SDE, which interpolates as well. */
    double[] exact(int steps) {
        return checked(
                steps,
                switch (spacing) {
                    case LEADING -> leading(steps, trainTimesteps / steps, 0);
                    case LINSPACE -> i -> linspace(steps, steps - 1 - i);
                    case TRAILING -> trailing(steps);
                });
    }

    /** Whole numbers, the last of one step more left out: DPM-Solver and UniPC, which end on a level of their own. */
    int[] withoutLast(int steps) {
        return integers(checked(
                steps,
                switch (spacing) {
                    case LEADING -> leading(steps, trainTimesteps / (steps + 1), 1);
                    case LINSPACE -> i -> Math.rint(linspace(steps + 1, steps - i));
                    case TRAILING -> trailing(steps);
                }));
    }

    /** Whole numbers that ascend, the noisiest of one step more left out: inversion with DPM-Solver. */
    int[] ascending(int steps) {
        IntToDoubleFunction ascending = switch (spacing) {
            case LEADING -> i -> (double) i * (trainTimesteps / (steps + 1)) + offset;
            case LINSPACE -> i -> Math.rint(linspace(steps + 1, i));
            case TRAILING -> i -> trailing(steps).applyAsDouble(steps - 1 - i);
        };
        double[] descending = checked(steps, i -> ascending.applyAsDouble(steps - 1 - i));
        return integers(IntStream.range(0, steps)
                .mapToDouble(i -> descending[steps - 1 - i])
                .toArray());
    }

    private static int[] integers(double[] timesteps) {
        return Arrays.stream(timesteps).mapToInt(timestep -> (int) timestep).toArray();
    }

    private IntToDoubleFunction leading(int steps, int ratio, int lowest) {
        return i -> (double) (steps - 1 - i + lowest) * ratio + offset;
    }

    private double linspace(int count, int i) {
        double last = trainTimesteps - 1;
        return count > 1 && i == count - 1 ? last : i * (last / Math.max(1, count - 1));
    }

    /** NumPy's {@code arange} adds up the difference of its first two values, not the step it is given. */
    private IntToDoubleFunction trailing(int steps) {
        double ratio = (double) trainTimesteps / steps;
        double step = trainTimesteps - ratio - trainTimesteps;
        return i -> Math.rint(trainTimesteps + i * step) - 1;
    }

    private double[] checked(int steps, IntToDoubleFunction timestep) {
        double[] timesteps = IntStream.range(0, steps).mapToDouble(timestep).toArray();
        if (timesteps[0] > trainTimesteps - 1 || timesteps[steps - 1] < 0) {
            throw new IllegalArgumentException(
                    ("%d steps of %s spacing with steps_offset %d go from timestep %.0f to %.0f,"
                                    + " the schedule from %d to 0; take fewer steps")
                            .formatted(
                                    steps,
                                    spacing.spelling(),
                                    offset,
                                    timesteps[0],
                                    timesteps[steps - 1],
                                    trainTimesteps - 1));
        }
        return timesteps;
    }
}
