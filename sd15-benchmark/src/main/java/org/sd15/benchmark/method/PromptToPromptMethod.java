package org.sd15.benchmark.method;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.ProximalGuidance;
import org.sd15.pipeline.inversion.ProximalGuidance.Threshold;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.mask.MaskKind;
import org.sd15.pipeline.mask.MaskSettings;
import org.sd15.pipeline.words.Conformance;

/**
 * Prompt-to-prompt on an inversion. Settings: {@code cross} and {@code self}, shares of the steps; {@code guidance};
 * {@code blend}, the threshold of local blending or 0 for none; {@code skip}, a share of the steps; {@code quantile} of
 * proximal guidance; {@code limit}, the threshold of the masks of LEDITS++ that the edit is kept to, or 0 for none.
 *
 * @param name its name
 * @param way the inversion, which may depend on the settings
 * @param replay what keeps the source on its way
 * @param grid the settings to choose from
 */
record PromptToPromptMethod(
        String name, Function<Settings, InversionVariant> variant, Replay replay, List<Settings> grid)
        implements BenchmarkMethod {

    @Override
    public Edited edit(Workbench bench, Settings settings) {
        InversionVariant used = variant.apply(settings);
        double guidance = settings.get("guidance");
        bench.inversion(used);
        Editing editing = bench.shared(() -> editing(bench, used, settings));
        INDArray latents = editing.run().finish();
        INDArray mask = editing.mask(editing.run().count() - 1)
                .map(masks -> masks.slice(0))
                .orElse(null);
        bench.note(key(used, settings, guidance), editing.reconstruction().orElseThrow());
        double psnr = editing.reconstruction().orElseThrow().psnr();
        return new Edited(bench.decoded(latents, 1), mask, psnr, bench.seconds(used));
    }

    /** The edit, prepared. */
    Editing editing(Workbench bench, InversionVariant used, Settings settings) {
        double guidance = settings.get("guidance");
        Job job = bench.job();
        var picture = new InvertedPicture(
                bench.inversion(used), replay, settings.get("skip", 0), bench.known(key(used, settings, guidance)));
        EditProgram proximal = proximal(settings, guidance);
        UnaryOperator<RunSettings> sampling = bench.sampling(guidance);
        return bench.model()
                .edit(EditRequest.of(job.source(), job.target())
                        .edit(edit -> edit.crossSteps(settings.get("cross"))
                                .selfSteps(settings.get("self"))
                                .blend(blend(job, settings))
                                .limit(limit(job, settings)))
                        .sampling(base -> sampling.apply(base).program(proximal))
                        .picture(picture));
    }

    private String key(InversionVariant used, Settings settings, double guidance) {
        return "%s %s %s %s".formatted(used.name(), replay, guidance, settings.get("skip", 0));
    }

    private static @Nullable Blend blend(Job job, Settings settings) {
        double threshold = settings.get("blend", 0);
        return threshold == 0
                ? null
                : job.words()
                        .map(words -> Blend.of(words.get(0), words.get(1)).threshold(threshold))
                        .orElse(null);
    }

    private static @Nullable MaskSettings limit(Job job, Settings settings) {
        double threshold = settings.get("limit", 0);
        return threshold == 0
                ? null
                : job.words()
                        .map(words -> new MaskSettings(words, threshold, MaskKind.ATTENTION))
                        .orElse(null);
    }

    private static EditProgram proximal(Settings settings, double guidance) {
        double quantile = settings.get("quantile", 0);
        return quantile == 0
                ? EditProgram.NONE
                : new ProximalGuidance(guidance, quantile, Threshold.HARD, Conformance.CORRECTED);
    }
}
