package org.sd15.pipeline.schedule;

import java.util.List;

/**
 * Euler's method on given levels.
 *
 * @param scheduler what runs over them
 * @param sigmas noise over signal, descending, the last end included
 */
record OwnSigmas(EulerDiscreteScheduler scheduler, List<Double> sigmas) implements Scheduler {

    OwnSigmas {
        sigmas = List.copyOf(sigmas);
        if (sigmas.size() < 2) {
            throw new IllegalArgumentException("sigmas are %s; a step has two ends".formatted(sigmas));
        }
        double before = Double.POSITIVE_INFINITY;
        for (double sigma : sigmas) {
            if (!(sigma >= 0 && sigma < before)) {
                throw new IllegalArgumentException("sigmas must descend, to 0 at the least, got %s".formatted(sigmas));
            }
            before = sigma;
        }
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
        OwnTimesteps.requireSteps(sigmas.size() - 1, steps, skippedSteps);
        double[] ratios = sigmas.stream().mapToDouble(Double::doubleValue).toArray();
        return scheduler.sampler(SigmaGrid.given(noiseSchedule(), ratios), skippedSteps);
    }
}
