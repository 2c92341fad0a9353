package org.sd15.pipeline.schedule;

import static org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType.DPMSOLVER_PLUS_PLUS;
import static org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;

/** The schedulers by name: one entry each. */
public final class Schedulers {

    /**
     * A scheduler that is known by name.
     *
     * @param name what users type; null if they can't
     * @param className diffusers' class; null if another entry makes that class
     */
    private record Entry(
            @Nullable String name, @Nullable String className, Function<SchedulerConfig, Scheduler> make) {}

    private static final List<Entry> ENTRIES = List.of(
            new Entry("ddim", "DDIMScheduler", DdimScheduler::new),
            new Entry(null, "DDIMInverseScheduler", DdimInverseScheduler::new),
            new Entry("pndm", "PNDMScheduler", PndmScheduler::new),
            new Entry("ddpm", "DDPMScheduler", DdpmScheduler::new),
            new Entry("lms", "LMSDiscreteScheduler", LmsDiscreteScheduler::new),
            new Entry("euler", "EulerDiscreteScheduler", EulerDiscreteScheduler::new),
            new Entry("euler-a", "EulerAncestralDiscreteScheduler", EulerAncestralDiscreteScheduler::new),
            new Entry("heun", "HeunDiscreteScheduler", HeunDiscreteScheduler::new),
            new Entry(null, "DPMSolverMultistepScheduler", DpmSolverMultistepScheduler::new),
            new Entry("dpm++2m", null, config -> dpmSolver(config, DPMSOLVER_PLUS_PLUS, false)),
            new Entry("dpm++2m-karras", null, config -> dpmSolver(config, DPMSOLVER_PLUS_PLUS, true)),
            new Entry("dpm++2m-sde", null, config -> dpmSolver(config, SDE_DPMSOLVER_PLUS_PLUS, false)),
            new Entry("unipc", "UniPCMultistepScheduler", UniPcMultistepScheduler::new),
            new Entry("lcm", "LCMScheduler", LcmScheduler::new),
            new Entry(null, "KDPM2DiscreteScheduler", Kdpm2DiscreteScheduler::new),
            new Entry(null, "KDPM2AncestralDiscreteScheduler", Kdpm2AncestralDiscreteScheduler::new),
            new Entry(null, "DPMSolverSDEScheduler", DpmSolverSdeScheduler::new),
            new Entry(null, "DPMSolverSinglestepScheduler", DpmSolverSinglestepScheduler::new),
            new Entry(null, "DEISMultistepScheduler", DeisMultistepScheduler::new),
            new Entry(null, "TCDScheduler", TcdScheduler::new),
            new Entry(null, "SASolverScheduler", SaSolverScheduler::new),
            new Entry(null, "DPMSolverMultistepInverseScheduler", DpmSolverMultistepInverseScheduler::new),
            new Entry(null, "IPNDMScheduler", IpndmScheduler::new),
            new Entry(null, "DDIMParallelScheduler", DdimScheduler::new),
            new Entry(null, "DDPMParallelScheduler", DdpmScheduler::new));

    private Schedulers() {}

    /** The short names, as users type them. */
    public static List<String> names() {
        return known(Entry::name);
    }

    /** The classes of diffusers that {@link #byClassName} knows. */
    public static List<String> classNames() {
        return known(Entry::className);
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
        return make(Entry::name, name, config);
    }

    /**
     * The scheduler of diffusers' class name, {@code _class_name} in {@code scheduler_config.json}.
     *
     * @throws IllegalArgumentException if the class is not known or the scheduler refuses the configuration
     */
    public static Scheduler byClassName(String className, SchedulerConfig config) {
        return make(Entry::className, className, config);
    }

    private static Scheduler make(Function<Entry, @Nullable String> key, String name, SchedulerConfig config) {
        return ENTRIES.stream()
                .filter(entry -> name.equals(key.apply(entry)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no scheduler \"%s\"; known are %s".formatted(name, String.join(", ", known(key)))))
                .make()
                .apply(config);
    }

    private static List<String> known(Function<Entry, @Nullable String> key) {
        return ENTRIES.stream().map(key).flatMap(Stream::ofNullable).toList();
    }

    private static Scheduler dpmSolver(SchedulerConfig config, AlgorithmType algorithm, boolean karras) {
        return new DpmSolverMultistepScheduler(config.toBuilder()
                .algorithmType(algorithm)
                .solverOrder(2)
                .useKarrasSigmas(karras)
                .build());
    }
}
