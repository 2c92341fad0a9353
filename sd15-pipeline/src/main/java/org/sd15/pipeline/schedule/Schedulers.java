package org.sd15.pipeline.schedule;

import static org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType.DPMSOLVER_PLUS_PLUS;
import static org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;

/** The schedulers by name. */
public final class Schedulers {

    private record Named(String name, Function<SchedulerConfig, Scheduler> make) {}

    private static final List<Named> SHORT_NAMES = List.of(
            new Named("ddim", DdimScheduler::new),
            new Named("pndm", PndmScheduler::new),
            new Named("ddpm", DdpmScheduler::new),
            new Named("lms", LmsDiscreteScheduler::new),
            new Named("euler", EulerDiscreteScheduler::new),
            new Named("euler-a", EulerAncestralDiscreteScheduler::new),
            new Named("heun", HeunDiscreteScheduler::new),
            new Named("dpm++2m", config -> dpmSolver(config, DPMSOLVER_PLUS_PLUS, false)),
            new Named("dpm++2m-karras", config -> dpmSolver(config, DPMSOLVER_PLUS_PLUS, true)),
            new Named("dpm++2m-sde", config -> dpmSolver(config, SDE_DPMSOLVER_PLUS_PLUS, false)),
            new Named("unipc", UniPcMultistepScheduler::new),
            new Named("lcm", LcmScheduler::new));

    private static final List<Named> CLASS_NAMES = List.of(
            new Named("DDIMScheduler", DdimScheduler::new),
            new Named("DDIMInverseScheduler", DdimInverseScheduler::new),
            new Named("PNDMScheduler", PndmScheduler::new),
            new Named("DDPMScheduler", DdpmScheduler::new),
            new Named("LMSDiscreteScheduler", LmsDiscreteScheduler::new),
            new Named("EulerDiscreteScheduler", EulerDiscreteScheduler::new),
            new Named("EulerAncestralDiscreteScheduler", EulerAncestralDiscreteScheduler::new),
            new Named("HeunDiscreteScheduler", HeunDiscreteScheduler::new),
            new Named("DPMSolverMultistepScheduler", DpmSolverMultistepScheduler::new),
            new Named("UniPCMultistepScheduler", UniPcMultistepScheduler::new),
            new Named("LCMScheduler", LcmScheduler::new));

    private Schedulers() {}

    /** The short names, as users type them. */
    public static List<String> names() {
        return SHORT_NAMES.stream().map(Named::name).toList();
    }

    /**
     * The scheduler of a short name. The three of DPM-Solver decide algorithm_type, solver_order and use_karras_sigmas;
     * all else is what the configuration says.
     *
     * @param name one of {@link #names()}
     * @param config what the model says
     * @throws IllegalArgumentException if the name is not known or the scheduler refuses the configuration
     */
    public static Scheduler byName(String name, SchedulerConfig config) {
        return make(SHORT_NAMES, name, config);
    }

    /**
     * The scheduler of diffusers' class name, {@code _class_name} in {@code scheduler_config.json}.
     *
     * @throws IllegalArgumentException if the class is not known or the scheduler refuses the configuration
     */
    public static Scheduler byClassName(String className, SchedulerConfig config) {
        return make(CLASS_NAMES, className, config);
    }

    private static Scheduler make(List<Named> known, String name, SchedulerConfig config) {
        return known.stream()
                .filter(named -> named.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no scheduler \"%s\"; known are %s"
                        .formatted(name, known.stream().map(Named::name).collect(Collectors.joining(", ")))))
                .make()
                .apply(config);
    }

    private static Scheduler dpmSolver(SchedulerConfig config, AlgorithmType algorithm, boolean karras) {
        return new DpmSolverMultistepScheduler(config.toBuilder()
                .algorithmType(algorithm)
                .solverOrder(2)
                .useKarrasSigmas(karras)
                .build());
    }
}
