package org.sd15.pipeline.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler with given timesteps.
 *
 * @param scheduler what runs over them
 * @param timesteps descending
 */
record OwnTimesteps(TimestepsScheduler scheduler, List<Double> timesteps) implements Scheduler {

    OwnTimesteps {
        timesteps = List.copyOf(timesteps);
        scheduler.sampler(timesteps, 0); // refuses what can't be
    }

    @Override
    public SchedulerConfig config() {
        return scheduler.config();
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return scheduler.noiseSchedule();
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        requireSteps(timesteps.size(), steps, skippedSteps);
        return scheduler.sampler(timesteps, skippedSteps);
    }

    /** Refuses another number of steps than the schedule has. */
    static void requireSteps(int given, int steps, int skippedSteps) {
        if (steps != given || skippedSteps < 0 || skippedSteps >= steps) {
            throw new IllegalArgumentException(
                    "%d steps of which %d are skipped: the given schedule has %d; ask for as many, and leave one"
                            .formatted(steps, skippedSteps, given));
        }
    }

    /** Given timesteps for schedulers that interpolate between those of the training. */
    static double[] fractional(SchedulerConfig config, List<Double> timesteps, @Nullable SigmaSpread spread) {
        if (spread != null) {
            throw new IllegalArgumentException(
                    "timesteps can't be given where the configuration spreads noise levels: unset use_%s_%s"
                            .formatted(spread.spelling(), spread == SigmaSpread.LU ? "lambdas" : "sigmas"));
        }
        int last = config.trainTimesteps() - 1;
        double before = Math.nextUp((double) last);
        for (double timestep : timesteps) {
            if (!(timestep >= 0 && timestep < before)) {
                throw new IllegalArgumentException(
                        "timesteps must descend within %d to 0, got %s".formatted(last, timesteps));
            }
            before = timestep;
        }
        if (timesteps.isEmpty()) {
            throw new IllegalArgumentException("there is no timestep; give one at least");
        }
        return timesteps.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Given timesteps for schedulers that know only those of the training. */
    static int[] whole(SchedulerConfig config, List<Double> timesteps, @Nullable SigmaSpread spread) {
        double[] given = fractional(config, timesteps, spread);
        int[] whole = new int[given.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (int) given[i];
            if (whole[i] != given[i]) {
                throw new IllegalArgumentException(
                        "timestep %s is not a whole number, as this scheduler needs it".formatted(given[i]));
            }
        }
        return whole;
    }
}
