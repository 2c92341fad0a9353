package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.prompt.AlignmentMode;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.CrossGate;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.words.Window;

/** Edits a picture through its prompt, by prompt-to-prompt. */
record EditTask(
        Common common,
        String source,
        String target,
        AlignmentMode mode,
        Gates gates,
        Map<String, Double> weights,
        @Nullable Blend blend,
        boolean maps,
        @Nullable Given image,
        String method,
        double skip)
        implements Task {

    /** When attention is the source's. */
    record Gates(Window cross, Map<String, Window> words, Window self, int selfLimit) {}

    static EditTask of(Fields fields, Limits limits) {
        fields.text("inversion");
        return new EditTask(
                Common.of(fields, limits),
                fields.required("source"),
                fields.required("target"),
                AlignmentMode.valueOf(
                        fields.choice("mode", "auto", List.of("auto", "replace", "refine", "same_position"))
                                .toUpperCase(Locale.ROOT)),
                new Gates(
                        fields.window("crossSteps", 0, 0.8),
                        fields.windows("crossStepsOf"),
                        fields.window("selfSteps", 0, 0.4),
                        (int) fields.whole("selfLimit", 1, 0, 8)),
                fields.numbers("weights", -10, 10),
                blend(fields),
                fields.flag("maps", true),
                Given.of(fields, "image", limits),
                fields.choice("method", "direct", Inversions.METHODS),
                fields.number("skip", 0, 0, 0.99));
    }

    private static @Nullable Blend blend(Fields fields) {
        List<List<String>> words = fields.pairs("blend");
        List<List<String>> subtracted = fields.pairs("blendSubtract");
        double threshold = fields.number("blendThreshold", 0.3, 0, 0.999);
        double start = fields.number("blendStart", 0.2, 0, 1);
        Integer resolution = fields.whole("blendResolution", 1, 64);
        if (words.isEmpty() && !subtracted.isEmpty()) {
            throw new FieldProblem("blendSubtract", "blendSubtract needs blend");
        }
        Grid grid = resolution == null ? null : new Grid(resolution, resolution);
        return words.isEmpty() ? null : new Blend(words, subtracted, threshold, start, grid);
    }

    @Override
    public List<String> prompts() {
        return List.of(source, target);
    }

    @Override
    public void check(StableDiffusion model) {
        EditRequest request = request(model);
        request.requireWords(model);
        if (image != null) {
            request.settings().requireNoStart();
        }
    }

    private EditRequest request(StableDiffusion model) {
        EditRequest request = EditRequest.of(common.withoutLoras(source), common.withoutLoras(target))
                .edit(this::apply)
                .sampling(set -> common.settings(set, model));
        return maps ? request.withHeatMaps() : request;
    }

    private EditRequest.Edit apply(EditRequest.Edit usual) {
        CrossGate gate = new CrossGate(gates.cross);
        for (Map.Entry<String, Window> word : gates.words.entrySet()) {
            gate = gate.word(word.getKey(), word.getValue());
        }
        EditRequest.Edit edit = usual.align(mode)
                .crossGate(gate)
                .selfGate(gates.self)
                .selfLimit(gates.selfLimit)
                .blend(blend);
        for (Map.Entry<String, Double> word : weights.entrySet()) {
            edit = edit.weight(word.getKey(), word.getValue());
        }
        return edit;
    }

    @Override
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        EditRequest request = request(model);
        run.expect(common.steps() - (image == null ? 0 : (int) (skip * common.steps())));
        if (image != null) {
            INDArray pixels = image.pixels(run);
            RunSettings settings = request.settings();
            List<String> all =
                    Inversions.prompts(request.source(), request.targets().get(0));
            Inversions.Kept kept = run.loaded().inversions().of(run, pixels, image.key(), method, settings, all);
            InvertedPicture inverted = kept.picture();
            request = request.picture(
                    new InvertedPicture(inverted.inversion(), inverted.replay(), skip, kept.reconstruction()));
            Results.report(run, kept.reconstruction());
        }
        Editing editing = request.on(model);
        run.finish(editing.run(), "editing", 1);
        List<BufferedImage> images =
                Pictures.toImages(model.decode(editing.run().latents()));
        Results.beforeAndAfter(run, common, images, common.editing(model), options(), target);
        if (maps) {
            editing.heatMaps(0).ifPresent(found -> save(run, found, "before", images.get(0)));
            editing.heatMaps(1).ifPresent(found -> save(run, found, "after", images.get(1)));
        }
        if (blend != null) {
            INDArray mask = editing.mask(editing.run().count() - 1).orElseThrow(); // [targets, h, w]
            run.save("blend.png", "blend", Results.mask(mask.slice(0), images.get(1)), Map.of());
        }
        WordsView.alignment(run.result(), editing.alignments().get(0));
    }

    private static void save(TaskRun run, PromptHeatMaps maps, String of, BufferedImage picture) {
        try {
            Results.maps(run, maps, of, picture);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private Options options() {
        Options options = new Options("edit").add("--source", source).add("--target", target);
        options.addUnless("--mode", mode.toString().toLowerCase(Locale.ROOT), "auto");
        options.add("--cross-steps", Options.window(gates.cross));
        gates.words.forEach((word, window) -> options.add("--cross-steps", word + "=" + Options.window(window)));
        options.add("--self-steps", Options.window(gates.self)).addUnless("--self-limit", gates.selfLimit, 1);
        weights.forEach((word, factor) -> options.add("--weight", word + "=" + factor));
        if (blend != null) {
            blend.words().forEach(pair -> options.add("--blend", String.join(",", pair)));
            blend.subtracted().forEach(pair -> options.add("--blend-subtract", String.join(",", pair)));
            options.addUnless("--blend-threshold", blend.threshold(), 0.3)
                    .addUnless("--blend-start", blend.start(), 0.2);
            options.add(
                    "--blend-resolution",
                    blend.resolution() == null ? null : blend.resolution().height());
        }
        if (image != null) {
            options.given(image).addUnless("--inversion", method, "direct").addUnless("--skip", skip, 0.0);
        }
        return options;
    }

    @Override
    public List<String> arguments() {
        return options().arguments(common);
    }
}
