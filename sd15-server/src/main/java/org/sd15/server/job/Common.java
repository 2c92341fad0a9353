package org.sd15.server.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.prompt.WebuiPrompt;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.Schedulers;

/** The fields that all kinds have. */
record Common(
        long seed,
        int steps,
        double guidance,
        @Nullable String scheduler,
        PromptStyle style,
        List<LoraChoice> loras,
        int previewEvery,
        int decodeEvery) {

    private static final long LARGEST_DRAWN = 1L << 32;

    /** A LoRA of the folder, and its scale. */
    record LoraChoice(String name, double scale) {}

    static Common of(Fields fields, Limits limits) {
        long seed = fields.whole("seed", -1, Long.MIN_VALUE, Long.MAX_VALUE);
        if (seed == -1) {
            seed = ThreadLocalRandom.current().nextLong(LARGEST_DRAWN);
        }
        fields.read().put("seed", seed);
        String scheduler = fields.text("scheduler");
        if (scheduler != null && !Schedulers.isKnown(scheduler)) {
            throw new FieldProblem(
                    "scheduler", "scheduler is \"%s\", must be one of %s".formatted(scheduler, Schedulers.names()));
        }
        return new Common(
                seed,
                (int) fields.whole("steps", 50, 1, limits.steps()),
                fields.number("guidance", 7.5, 0, 100),
                scheduler,
                PromptStyle.valueOf(
                        fields.choice("promptStyle", "plain", List.of("plain", "webui", "compel", "compel_mask"))
                                .toUpperCase(Locale.ROOT)),
                fields.objects("loras", one -> new LoraChoice(one.required("name"), one.number("scale", 1, -10, 10))),
                (int) fields.whole("previewEvery", 1, 0, limits.steps()),
                (int) fields.whole("decodeEvery", 0, 0, limits.steps()));
    }

    /** All LoRAs: those of the list, and those that prompts of the web UI's style name. */
    List<LoraChoice> loras(List<String> prompts) {
        List<LoraChoice> all = new ArrayList<>(loras);
        if (style == PromptStyle.WEBUI) {
            for (String prompt : prompts) {
                WebuiPrompt.parse(prompt).loras().forEach(tag -> {
                    if (all.stream().noneMatch(one -> one.name().equals(tag.name()))) {
                        all.add(new LoraChoice(tag.name(), tag.scale()));
                    }
                });
            }
        }
        return all;
    }

    /** A prompt without what names LoRAs. */
    String withoutLoras(String prompt) {
        return style == PromptStyle.WEBUI ? WebuiPrompt.withoutLoras(prompt) : prompt;
    }

    @Nullable
    Scheduler scheduler(StableDiffusion model) {
        return scheduler == null ? null : model.scheduler(scheduler);
    }

    RunSettings settings(RunSettings usual, StableDiffusion model) {
        return usual.seed(seed)
                .steps(steps)
                .guidance(guidance)
                .scheduler(scheduler(model))
                .promptStyle(style);
    }

    /** The sampler of an edit. */
    SamplerName editing(StableDiffusion model) {
        Scheduler chosen = scheduler(model);
        return SamplerName.of(chosen == null ? model.scheduler("ddim") : chosen);
    }

    /** The sampler of a picture that is drawn. */
    SamplerName drawing(StableDiffusion model) {
        Scheduler chosen = scheduler(model);
        return SamplerName.of(chosen == null ? model.scheduler() : chosen);
    }

    /** Adds the options of the command line. */
    void addTo(List<String> arguments) {
        arguments.addAll(List.of("--seed", Long.toString(seed), "--steps", Integer.toString(steps)));
        arguments.addAll(List.of("--guidance", Double.toString(guidance)));
        if (scheduler != null) {
            arguments.addAll(List.of("--scheduler", scheduler));
        }
        if (style != PromptStyle.PLAIN) {
            arguments.addAll(List.of("--prompt-style", style.name().toLowerCase(Locale.ROOT)));
        }
        loras.forEach(lora -> arguments.addAll(List.of("--lora", lora.name() + ".safetensors:" + lora.scale())));
    }
}
