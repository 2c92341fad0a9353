package org.sd15.pipeline.denoise;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.Scheduler;

/** Settings of which one is about to change. */
final class RunSettingsDraft {

    @Nullable
    Scheduler scheduler;

    int steps;
    Guidance guidance;
    int clipSkip;
    PromptStyle promptStyle;
    List<Long> seeds;

    @Nullable
    Integer height;

    @Nullable
    Integer width;

    @Nullable
    INDArray latents;

    @Nullable
    INDArray noise;

    final List<EditMethod> methods;

    RunSettingsDraft(RunSettings from) {
        scheduler = from.scheduler();
        steps = from.steps();
        guidance = from.guidance();
        clipSkip = from.clipSkip();
        promptStyle = from.promptStyle();
        seeds = from.seeds();
        height = from.height();
        width = from.width();
        latents = from.latents();
        noise = from.noise();
        methods = new ArrayList<>(from.methods());
    }

    RunSettings settings() {
        return new RunSettings(
                scheduler, steps, guidance, clipSkip, promptStyle, seeds, height, width, latents, noise, methods);
    }
}
