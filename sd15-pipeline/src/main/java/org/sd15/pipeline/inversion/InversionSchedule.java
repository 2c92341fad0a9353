package org.sd15.pipeline.inversion;

import java.util.List;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.DpmSolverMultistepScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.words.Conformance;

/**
 * The steps of an inversion, seen in the direction of drawing: the run that leads from its noise to its picture. Inversion
 * and drawing read the same steps, so the order of a solver can't differ between the two.
 */
public sealed interface InversionSchedule permits InversionSchedule.Ddim, InversionSchedule.DpmSolver {

    /** The number of steps. */
    int steps();

    /**
     * The run from noise to picture.
     *
     * @param config the scheduler settings of the model
     * @param skipped steps left out at the noisy end
     * @throws IllegalArgumentException if these can't be left out
     */
    Sampler sampler(SchedulerConfig config, int skipped);

    /**
     * DDIM with some noise.
     *
     * @param total steps from pure noise
     * @param omitted how many of them, at the noisy end, the inversion does not reach
     * @param eta 0 for the deterministic one, 1 for DDPM's noise
     * @param conformance {@link Conformance#REFERENCE} writes eta where its square belongs
     */
    record Ddim(int total, int omitted, double eta, Conformance conformance) implements InversionSchedule {

        /** The deterministic one, to pure noise. */
        public Ddim(int steps) {
            this(steps, 0, 0, Conformance.CORRECTED);
        }

        @Override
        public int steps() {
            return total - omitted;
        }

        /** {@inheritDoc} With noise, the run ends at the noise of timestep 0, so that its last step can be exact. */
        @Override
        public Sampler sampler(SchedulerConfig config, int skipped) {
            SchedulerConfig own =
                    eta == 0 ? config : config.toBuilder().setAlphaToOne(false).build();
            DdimScheduler scheduler = new DdimScheduler(own, eta);
            return conformance == Conformance.REFERENCE
                    ? scheduler.samplerWithUnsquaredEta(total, omitted + skipped)
                    : scheduler.sampler(total, omitted + skipped);
        }
    }

    /**
     * The stochastic DPM-Solver++ of second order.
     *
     * @param timesteps descending
     * @param end {@link FinalSigmasType#SIGMA_MIN}: the last step ends at the noise of timestep 0 and is of second
     *     order like the others, so that it can be exact. {@link FinalSigmasType#ZERO}: it ends at the picture that
     *     the model predicts, whose error no noise can correct
     */
    record DpmSolver(List<Integer> timesteps, FinalSigmasType end) implements InversionSchedule {

        private static final int ORDER = 2;

        /** Copies the list. */
        public DpmSolver {
            timesteps = List.copyOf(timesteps);
        }

        @Override
        public int steps() {
            return timesteps.size();
        }

        @Override
        public Sampler sampler(SchedulerConfig config, int skipped) {
            if (skipped != 0) {
                throw new IllegalArgumentException(
                        "an inversion by DPM-Solver++ can't leave out %d more steps: each builds on the one before;"
                                        .formatted(skipped)
                                + " give the skip to the inversion");
            }
            SchedulerConfig own = config.toBuilder()
                    .algorithmType(AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS)
                    .solverOrder(ORDER)
                    .finalSigmasType(end)
                    .lowerOrderFinal(end == FinalSigmasType.ZERO)
                    .useKarrasSigmas(false)
                    .sigmaSpread(null)
                    .build();
            return new DpmSolverMultistepScheduler(own).sampler(timesteps);
        }
    }
}
