package org.sd15.pipeline.schedule;

import static java.util.Objects.requireNonNullElse;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;

/**
 * What the web UI calls a scheduler: its sampler and its schedule type. {@link #name()} is read by {@link Schedulers}.
 *
 * @param sampler such as {@code DPM++ 2M}
 * @param scheduleType such as {@code Karras}; {@code Automatic} where the sampler decides
 */
public record SamplerName(String sampler, String scheduleType) {

    /** The sampler decides. */
    public static final String AUTOMATIC = "Automatic";

    /** The levels are those of the timesteps. */
    public static final String UNIFORM = "Uniform";

    private static final String KARRAS = "Karras";
    private static final String EXPONENTIAL = "Exponential";

    /** What {@link #AUTOMATIC} means where it is not {@link #UNIFORM}. */
    private static final Map<String, String> OF_ITS_OWN = Map.of(
            "DPM++ 2M", KARRAS,
            "DPM++ SDE", KARRAS,
            "DPM++ 2M SDE", EXPONENTIAL,
            "DPM++ 2M SDE Heun", EXPONENTIAL,
            "DPM++ 3M SDE", EXPONENTIAL,
            "DPM2", KARRAS,
            "DPM2 a", KARRAS);

    /** Other programs' names of the even spread. */
    private static final Set<String> EVEN = Set.of("", "uniform", "normal");

    private static final Map<Class<? extends Scheduler>, String> SAMPLERS = Map.ofEntries(
            Map.entry(DdimScheduler.class, "DDIM"),
            Map.entry(PndmScheduler.class, "PLMS"),
            Map.entry(DdpmScheduler.class, "DDPM"),
            Map.entry(LmsDiscreteScheduler.class, "LMS"),
            Map.entry(EulerDiscreteScheduler.class, "Euler"),
            Map.entry(EulerAncestralDiscreteScheduler.class, "Euler a"),
            Map.entry(HeunDiscreteScheduler.class, "Heun"),
            Map.entry(Kdpm2DiscreteScheduler.class, "DPM2"),
            Map.entry(Kdpm2AncestralDiscreteScheduler.class, "DPM2 a"),
            Map.entry(DpmSolverSinglestepScheduler.class, "DPM++ 2S"),
            Map.entry(DpmSolverSdeScheduler.class, "DPM++ SDE"),
            Map.entry(UniPcMultistepScheduler.class, "UniPC"),
            Map.entry(DeisMultistepScheduler.class, "DEIS"),
            Map.entry(SaSolverScheduler.class, "SA-Solver"),
            Map.entry(LcmScheduler.class, "LCM"),
            Map.entry(TcdScheduler.class, "TCD"),
            Map.entry(IpndmScheduler.class, "IPNDM"));

    /** The name of a scheduler; that of its class where the web UI has no such sampler. */
    public static SamplerName of(Scheduler scheduler) {
        String other = scheduler.getClass().getSimpleName();
        String sampler = scheduler instanceof DpmSolverMultistepScheduler
                ? dpmSolver(scheduler.config(), other)
                : SAMPLERS.getOrDefault(scheduler.getClass(), other);
        SigmaSpread spread = SigmaSpread.ofAny(scheduler.config());
        if (spread != null) {
            String type = spread.spelling();
            return new SamplerName(sampler, type.substring(0, 1).toUpperCase(Locale.ROOT) + type.substring(1));
        }
        return new SamplerName(sampler, OF_ITS_OWN.containsKey(sampler) ? UNIFORM : AUTOMATIC);
    }

    private static String dpmSolver(SchedulerConfig config, String other) {
        AlgorithmType form = requireNonNullElse(config.algorithmType(), AlgorithmType.DPMSOLVER_PLUS_PLUS);
        int order = requireNonNullElse(config.solverOrder(), 2);
        boolean stochastic = form == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
        if (order < 2 || !stochastic && form != AlgorithmType.DPMSOLVER_PLUS_PLUS) {
            return other;
        }
        boolean heun = stochastic && order == 2 && config.solverType() == SolverType.HEUN;
        return "DPM++ %dM%s%s".formatted(order, stochastic ? " SDE" : "", heun ? " Heun" : "");
    }

    /**
     * A name for {@link Schedulers#byName}; what ComfyUI adds for where noise is drawn is left out.
     *
     * @see Schedulers#isKnown
     */
    public String name() {
        String of = sampler.replaceAll("_gpu$", "");
        String type = scheduleType.equalsIgnoreCase(AUTOMATIC) ? OF_ITS_OWN.getOrDefault(of, "") : scheduleType;
        return EVEN.contains(type.toLowerCase(Locale.ROOT)) ? of : of + " " + type;
    }
}
