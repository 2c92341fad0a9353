package org.sd15.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.TcdScheduler;
import picocli.CommandLine.Option;

/** The noise of schedulers whose steps have as much as is asked for. */
final class EtaOption {

    @Option(names = "--eta", defaultValue = "0", description = "Noise of DDIM's and TCD's steps, 0 to 1 (default: 0).")
    @InRange(from = 0, to = 1)
    private double eta;

    /** Whether there is to be noise. */
    boolean isSet() {
        return eta != 0;
    }

    /**
     * A scheduler with this noise.
     *
     * @param chosen that was asked for; null for the model's own
     * @throws IllegalArgumentException if its steps can't have it
     */
    Scheduler of(@Nullable Scheduler chosen, StableDiffusion diffusion) {
        Scheduler scheduler = chosen == null ? diffusion.scheduler() : chosen;
        if (scheduler instanceof DdimScheduler ddim) {
            return new DdimScheduler(ddim.config(), eta);
        }
        if (scheduler instanceof TcdScheduler tcd) {
            return new TcdScheduler(tcd.config(), eta);
        }
        throw new IllegalArgumentException("--eta is for the schedulers ddim and tcd; add --scheduler ddim");
    }

    /** It, for the text chunk of a picture; nothing if there is none. */
    Map<String, String> parameters() {
        return eta == 0 ? Map.of() : Map.of("Eta", Double.toString(eta));
    }
}
