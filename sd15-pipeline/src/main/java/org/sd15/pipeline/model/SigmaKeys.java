package org.sd15.pipeline.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.config.ConfigReader;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.SigmaSpread;

/** The keys of {@code scheduler_config.json} that spread noise levels between the largest and the smallest. */
final class SigmaKeys {

    private static final String KARRAS = "use_karras_sigmas";
    private static final String LU = "use_lu_lambdas";

    /** In the order in which diffusers asks for them. */
    private static final Map<String, SigmaSpread> SPREADS = new LinkedHashMap<>();

    static {
        SPREADS.put(LU, SigmaSpread.LU);
        SPREADS.put("use_exponential_sigmas", SigmaSpread.EXPONENTIAL);
        SPREADS.put("use_beta_sigmas", SigmaSpread.BETA);
    }

    /** Classes that spread levels. */
    private static final List<String> CLASSES = List.of(
            "LMSDiscreteScheduler",
            "EulerDiscreteScheduler",
            "HeunDiscreteScheduler",
            "KDPM2DiscreteScheduler",
            "KDPM2AncestralDiscreteScheduler",
            "DPMSolverSDEScheduler",
            "DPMSolverMultistepScheduler",
            "DPMSolverMultistepInverseScheduler",
            "DPMSolverSinglestepScheduler",
            "DEISMultistepScheduler",
            "UniPCMultistepScheduler",
            "SASolverScheduler");

    /** Classes whose Karras levels have the ends of the timesteps whatever else is set. */
    private static final List<String> WITHOUT_OWN_ENDS = List.of("LMSDiscreteScheduler", "DPMSolverSDEScheduler");

    private SigmaKeys() {}

    /** The spread that is set besides Karras' levels; null for none. */
    static @Nullable SigmaSpread spread(ConfigReader config, String className) {
        SigmaSpread first = null;
        for (Map.Entry<String, SigmaSpread> key : SPREADS.entrySet()) {
            boolean lacking = key.getKey().equals(LU) && !className.equals("DPMSolverMultistepScheduler");
            if (config.flag(key.getKey(), false) && first == null && !lacking) {
                first = key.getValue();
            }
        }
        return first;
    }

    /** Refuses what diffusers refuses, and ends of the spread that are not those of the timesteps. */
    static void declare(ConfigReader config, String className, SchedulerConfig said) {
        boolean karras = Boolean.TRUE.equals(said.useKarrasSigmas());
        config.irrelevant("sigma_min", "sigma_max");
        if (!CLASSES.contains(className)) {
            return;
        }
        long chosen = List.of(KARRAS, "use_exponential_sigmas", "use_beta_sigmas").stream()
                .filter(key -> config.flag(key, false))
                .count();
        if (chosen > 1) {
            config.refuse(
                    KARRAS,
                    "and other levels are asked for too; one of it, use_exponential_sigmas, use_beta_sigmas can be");
        }
        boolean spread = karras ? !WITHOUT_OWN_ENDS.contains(className) : said.sigmaSpread() != null;
        for (String key : List.of("sigma_min", "sigma_max")) {
            if (spread && config.has(key)) {
                config.refuse(key, "with levels that are spread only null is supported");
            }
        }
    }
}
