package org.sd15.pipeline.schedule;

import static org.sd15.pipeline.schedule.CallPlan.output;
import static org.sd15.pipeline.schedule.CallPlan.sample;
import static org.sd15.pipeline.schedule.SchedulerConfig.isTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.sd15.pipeline.schedule.NoiseSchedule.Betas;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;

/**
 * L. Liu et al., "Pseudo Numerical Methods for Diffusion Models on Manifolds", 2022: a linear multistep method of order
 * four, started by twelve Runge-Kutta calls or, with skip_prk_steps, by one repeated call. Defaults of its own: leading
 * spacing, set_alpha_to_one false, skip_prk_steps false.
 *
 * <p>A run that starts late goes through the repeated call again without its timestep being repeated, as in diffusers:
 * from the third call on the model's timestep is one step ahead of the sample.
 *
 * @param config the configuration
 * @see "diffusers 0.42.1, src/diffusers/schedulers/scheduling_pndm.py"
 */
public record PndmScheduler(SchedulerConfig config) implements Scheduler {

    private static final String NAME = "PNDMScheduler";
    private static final int ORDER = 4;

    /** Calls of the Runge-Kutta start: three steps of four. */
    private static final int RUNGE_KUTTA_CALLS = 12;

    private static final double[] RUNGE_KUTTA = {1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0};

    /** Adams-Bashforth weights of the orders 1 to 4, the newest first. */
    private static final double[][] MULTISTEP = {
        {1}, {3 / 2.0, -1 / 2.0}, {23 / 12.0, -16 / 12.0, 5 / 12.0}, {55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0}
    };

    /** Checks the configuration. */
    public PndmScheduler {
        config.refuseSamplePrediction(NAME);
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return NoiseSchedule.of(config, Betas.USUAL);
    }

    @Override
    public Sampler sampler(int steps, int skippedSteps) {
        int[] timesteps = TimestepGrid.of(config, TimestepSpacing.LEADING)
                .checkSteps(steps, skippedSteps)
                .whole(steps);
        boolean rungeKutta = !isTrue(config.skipPrkSteps());
        if (rungeKutta && (steps < ORDER || skippedSteps > 0)) {
            throw new IllegalArgumentException(
                    "%s, %d steps of which %d are skipped: without skip_prk_steps it takes 4 at least, and skips none"
                            .formatted(NAME, steps, skippedSteps));
        }
        Run run = new Run(rungeKutta ? withHalves(timesteps) : withRepetition(timesteps), steps, rungeKutta);
        return new Sampler(NAME, 1, run.plans(skippedSteps));
    }

    /** The multistep formula of the highest order up to four that there are values for, the newest first. */
    static LinearCombination multistep(List<LinearCombination> newest) {
        double[] weights = MULTISTEP[Math.min(newest.size(), ORDER) - 1];
        LinearCombination sum = LinearCombination.none();
        for (int i = 0; i < weights.length; i++) {
            sum = sum.plus(newest.get(i).times(weights[i]));
        }
        return sum;
    }

    /** The second timestep twice. */
    private static int[] withRepetition(int[] timesteps) {
        List<Integer> calls = new ArrayList<>();
        for (int step = 0; step < timesteps.length; step++) {
            calls.add(timesteps[step]);
            if (step == 1) {
                calls.add(timesteps[step]);
            }
        }
        return calls.stream().mapToInt(timestep -> timestep).toArray();
    }

    /** Each of the first three steps as a Runge-Kutta step: its start, its middle twice, its end. */
    private int[] withHalves(int[] timesteps) {
        int half = config.trainTimesteps() / timesteps.length / 2;
        List<Integer> calls = new ArrayList<>();
        for (int step = 0; step < timesteps.length; step++) {
            calls.add(timesteps[step]);
            if (step < ORDER - 1) {
                calls.addAll(List.of(timesteps[step + 1] + half, timesteps[step + 1] + half, timesteps[step + 1]));
            }
        }
        return calls.stream().mapToInt(timestep -> timestep).toArray();
    }

    /** The calls of a run; a call's number counts from where the run starts. */
    private final class Run {

        private final NoiseSchedule schedule = noiseSchedule();
        private final int[] timesteps;
        private final int stride;
        private final boolean rungeKutta;
        private final List<Integer> outputs = new ArrayList<>();

        Run(int[] timesteps, int steps, boolean rungeKutta) {
            this.timesteps = timesteps;
            this.stride = config.trainTimesteps() / steps;
            this.rungeKutta = rungeKutta;
        }

        List<CallPlan> plans(int skipped) {
            List<CallPlan> plans = new ArrayList<>();
            for (int call = 0; call + skipped < timesteps.length; call++) {
                int timestep = timesteps[call + skipped];
                NoiseLevel level = level(timestep);
                LinearCombination original = config.prediction().original(sample(call), output(call), level);
                LinearCombination previous =
                        rungeKutta && call < RUNGE_KUTTA_CALLS ? rungeKutta(call) : multistep(call, timestep);
                plans.add(new CallPlan(timestep, Space.VARIANCE_PRESERVING, level, original, previous, false));
            }
            return plans;
        }

        private NoiseLevel level(int timestep) {
            return schedule.levelOrEnd(timestep, isTrue(config.setAlphaToOne()));
        }

        private LinearCombination rungeKutta(int call) {
            int stage = call % RUNGE_KUTTA.length;
            int first = call - stage;
            if (stage == 0) {
                outputs.add(call);
            }
            boolean whole = stage == RUNGE_KUTTA.length - 1;
            LinearCombination slope = whole ? weighted(RUNGE_KUTTA, i -> first + i) : output(call);
            int target = timesteps[call] - (call % 2 == 0 ? stride / 2 : 0);
            return transfer(sample(first), slope, timesteps[first], target);
        }

        private LinearCombination multistep(int call, int timestep) {
            if (call == 1) {
                LinearCombination mean = output(0).plus(output(1)).times(0.5);
                return transfer(sample(0), mean, timestep + stride, timestep);
            }
            outputs.add(call);
            int newest = outputs.size() - 1;
            double[] weights = MULTISTEP[Math.min(newest, ORDER - 1)];
            return transfer(sample(call), weighted(weights, i -> outputs.get(newest - i)), timestep, timestep - stride);
        }

        private static LinearCombination weighted(double[] weights, IntUnaryOperator call) {
            LinearCombination sum = LinearCombination.none();
            for (int i = 0; i < weights.length; i++) {
                sum = sum.plus(output(call.applyAsInt(i)).times(weights[i]));
            }
            return sum;
        }

        /** Equation 9 of the paper. */
        private LinearCombination transfer(LinearCombination sample, LinearCombination slope, int from, int to) {
            NoiseLevel source = level(from);
            NoiseLevel target = level(to);
            double signal = target.alpha() * target.alpha() - source.alpha() * source.alpha();
            double weight = source.alpha() * (source.alpha() * target.sigma() + source.sigma() * target.alpha());
            return sample.times(target.alpha() / source.alpha())
                    .minus(config.prediction().epsilon(sample, slope, source).times(signal / weight));
        }
    }
}
