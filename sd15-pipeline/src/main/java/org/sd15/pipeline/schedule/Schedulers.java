package org.sd15.pipeline.schedule;

import static org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType.DPMSOLVER_PLUS_PLUS;
import static org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
import static org.sd15.pipeline.schedule.SchedulerConfig.SolverType.HEUN;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;
import org.sd15.pipeline.schedule.SchedulerConfig.SolverType;

/**
 * The schedulers by name: one entry each. Names of users and of diffusers' classes, of the web UI and of ComfyUI are the
 * same whatever their case, blanks, hyphens and underscores: {@code Euler a} is {@code euler-a} and {@code euler_a}.
 */
public final class Schedulers {

    private static final List<SigmaSpread> NONE = List.of();
    private static final List<SigmaSpread> USUAL =
            List.of(SigmaSpread.KARRAS, SigmaSpread.EXPONENTIAL, SigmaSpread.BETA);

    /**
     * A scheduler that is known by name.
     *
     * @param name what users type and help shows; null if there is only a class
     * @param className diffusers' class; null if another entry makes that class
     * @param spreads of noise levels that the class knows
     * @param aliases further names
     * @param decides what the name says of the configuration
     * @param make the scheduler of a configuration
     */
    private record Entry(
            @Nullable String name,
            @Nullable String className,
            List<SigmaSpread> spreads,
            List<String> aliases,
            UnaryOperator<SchedulerConfig> decides,
            Function<SchedulerConfig, Scheduler> make) {

        Entry(
                @Nullable String name,
                @Nullable String className,
                List<SigmaSpread> spreads,
                Function<SchedulerConfig, Scheduler> make,
                String... aliases) {
            this(name, className, spreads, List.of(aliases), UnaryOperator.identity(), make);
        }

        /** DPM-Solver with what the name says; no solver type for that of the configuration. */
        static Entry dpmSolver(
                String name, AlgorithmType form, int order, @Nullable SolverType type, @Nullable SigmaSpread spread) {
            UnaryOperator<SchedulerConfig> decides = config -> spread(config, spread).toBuilder()
                    .algorithmType(form)
                    .solverOrder(order)
                    .solverType(type == null ? config.solverType() : type)
                    .build();
            return new Entry(
                    name, null, List.of(SigmaSpread.values()), List.of(), decides, DpmSolverMultistepScheduler::new);
        }

        boolean isNamed(String normalised) {
            return Stream.concat(Stream.of(name, className).flatMap(Stream::ofNullable), aliases.stream())
                    .anyMatch(known -> normalise(known).equals(normalised));
        }
    }

    /** An entry, and the spread that a name adds to it. */
    private record Named(Entry entry, @Nullable SigmaSpread spread) {

        SchedulerConfig configured(SchedulerConfig config) {
            SchedulerConfig decided = entry.decides().apply(config);
            return spread == null ? decided : Schedulers.spread(decided, spread);
        }
    }

    private static final List<Entry> ENTRIES = List.of(
            new Entry("ddim", "DDIMScheduler", NONE, DdimScheduler::new),
            new Entry(null, "DDIMParallelScheduler", NONE, DdimScheduler::new),
            new Entry(null, "DDIMInverseScheduler", NONE, DdimInverseScheduler::new),
            new Entry("pndm", "PNDMScheduler", NONE, PndmScheduler::new, "plms"),
            new Entry("ddpm", "DDPMScheduler", NONE, DdpmScheduler::new),
            new Entry(null, "DDPMParallelScheduler", NONE, DdpmScheduler::new),
            new Entry("lms", "LMSDiscreteScheduler", USUAL, LmsDiscreteScheduler::new),
            new Entry("euler", "EulerDiscreteScheduler", USUAL, EulerDiscreteScheduler::new),
            new Entry(
                    "euler-a",
                    "EulerAncestralDiscreteScheduler",
                    NONE,
                    EulerAncestralDiscreteScheduler::new,
                    "euler-ancestral"),
            new Entry("heun", "HeunDiscreteScheduler", USUAL, HeunDiscreteScheduler::new),
            new Entry("dpm2", "KDPM2DiscreteScheduler", USUAL, Kdpm2DiscreteScheduler::new, "kdpm2"),
            new Entry(
                    "dpm2-a",
                    "KDPM2AncestralDiscreteScheduler",
                    USUAL,
                    Kdpm2AncestralDiscreteScheduler::new,
                    "dpm2-ancestral",
                    "kdpm2-a",
                    "kdpm2-ancestral"),
            new Entry(
                    null,
                    "DPMSolverMultistepScheduler",
                    List.of(SigmaSpread.values()),
                    DpmSolverMultistepScheduler::new),
            new Entry(null, "DPMSolverMultistepInverseScheduler", USUAL, DpmSolverMultistepInverseScheduler::new),
            Entry.dpmSolver("dpm++2m", DPMSOLVER_PLUS_PLUS, 2, null, null),
            Entry.dpmSolver("dpm++2m-karras", DPMSOLVER_PLUS_PLUS, 2, null, SigmaSpread.KARRAS),
            Entry.dpmSolver("dpm++2m-sde", SDE_DPMSOLVER_PLUS_PLUS, 2, null, null),
            Entry.dpmSolver("dpm++2m-sde-heun", SDE_DPMSOLVER_PLUS_PLUS, 2, HEUN, null),
            Entry.dpmSolver("dpm++3m", DPMSOLVER_PLUS_PLUS, 3, null, null),
            Entry.dpmSolver("dpm++3m-sde", SDE_DPMSOLVER_PLUS_PLUS, 3, null, null),
            new Entry("dpm++2s", "DPMSolverSinglestepScheduler", USUAL, DpmSolverSinglestepScheduler::new),
            new Entry("dpm++sde", "DPMSolverSDEScheduler", USUAL, DpmSolverSdeScheduler::new),
            new Entry("unipc", "UniPCMultistepScheduler", USUAL, UniPcMultistepScheduler::new),
            new Entry("deis", "DEISMultistepScheduler", USUAL, DeisMultistepScheduler::new),
            new Entry("sa-solver", "SASolverScheduler", USUAL, SaSolverScheduler::new),
            new Entry("lcm", "LCMScheduler", NONE, LcmScheduler::new),
            new Entry("tcd", "TCDScheduler", NONE, TcdScheduler::new),
            new Entry("ipndm", "IPNDMScheduler", NONE, IpndmScheduler::new));

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
     * The scheduler of a name. Those of DPM-Solver decide algorithm_type, solver_order and how noise levels are spread; all
     * else is what the configuration says. A spread may follow any name whose class knows it: {@code karras}, {@code
     * exponential}, {@code beta}, {@code lu}, as in the web UI's {@code DPM2 a Karras}.
     *
     * @param name one of {@link #names()} or {@link #classNames()}, or what the web UI or ComfyUI call them
     * @param config what the model says
     * @throws IllegalArgumentException if the name is not known or the scheduler refuses the configuration
     */
    public static Scheduler byName(String name, SchedulerConfig config) {
        Named named = named(name);
        if (named != null) {
            return named.entry().make().apply(named.configured(config));
        }
        throw unknown(name, names());
    }

    /** Whether {@link #byName} knows a name. */
    public static boolean isKnown(String name) {
        return named(name) != null;
    }

    private static @Nullable Named named(String name) {
        String normalised = normalise(name);
        Entry exact = find(normalised);
        if (exact != null) {
            return new Named(exact, null);
        }
        for (SigmaSpread spread : SigmaSpread.values()) {
            Entry base = normalised.endsWith(spread.spelling())
                    ? find(normalised.substring(
                            0, normalised.length() - spread.spelling().length()))
                    : null;
            if (base != null && base.spreads().contains(spread)) {
                return new Named(base, spread);
            }
        }
        return null;
    }

    /**
     * The scheduler of diffusers' class name, {@code _class_name} in {@code scheduler_config.json}.
     *
     * @throws IllegalArgumentException if the class is not known or the scheduler refuses the configuration
     */
    public static Scheduler byClassName(String className, SchedulerConfig config) {
        return ENTRIES.stream()
                .filter(entry -> className.equals(entry.className()))
                .findFirst()
                .orElseThrow(() -> unknown(className, classNames()))
                .make()
                .apply(config);
    }

    private static @Nullable Entry find(String normalised) {
        return ENTRIES.stream()
                .filter(entry -> entry.isNamed(normalised))
                .findFirst()
                .orElse(null);
    }

    /** ComfyUI writes {@code dpmpp}. */
    private static String normalise(String name) {
        return name.toLowerCase(Locale.ROOT)
                .replaceAll("[\\s_-]", "")
                .replace("dpmpp", "dpm++")
                .replaceAll("scheduler$", "");
    }

    private static SchedulerConfig spread(SchedulerConfig config, @Nullable SigmaSpread spread) {
        return config.toBuilder()
                .useKarrasSigmas(spread == SigmaSpread.KARRAS)
                .sigmaSpread(spread == SigmaSpread.KARRAS ? null : spread)
                .build();
    }

    private static IllegalArgumentException unknown(String name, List<String> known) {
        return new IllegalArgumentException(
                "there is no scheduler \"%s\"; known are %s".formatted(name, String.join(", ", known)));
    }

    private static List<String> known(Function<Entry, @Nullable String> key) {
        return ENTRIES.stream().map(key).flatMap(Stream::ofNullable).toList();
    }
}
