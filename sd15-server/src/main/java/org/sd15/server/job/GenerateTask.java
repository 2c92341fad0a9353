package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.TcdScheduler;
import org.sd15.server.job.StartPicture.Masking;
import org.sd15.server.job.StartPicture.Start;

/** Draws pictures of a prompt, each as it is alone. */
record GenerateTask(
        Common common,
        String prompt,
        String negative,
        @Nullable Integer width,
        @Nullable Integer height,
        int count,
        int clipSkip,
        double guidanceRescale,
        double eta,
        @Nullable StartPicture picture,
        int mostPixels)
        implements Task {

    static GenerateTask of(Fields fields, Limits limits) {
        return new GenerateTask(
                Common.of(fields, limits),
                fields.required("prompt"),
                fields.text("negative", ""),
                fields.whole("width", 8, 4096),
                fields.whole("height", 8, 4096),
                (int) fields.whole("count", 1, 1, limits.count()),
                (int) fields.whole("clipSkip", 0, 0, 11),
                fields.number("guidanceRescale", 0, 0, 1),
                fields.number("eta", 0, 0, 1),
                StartPicture.of(fields, limits),
                limits.pixels());
    }

    @Override
    public List<String> prompts() {
        return List.of(prompt, negative);
    }

    @Override
    public void check(StableDiffusion model) {
        int factor = model.vae().config().factor();
        if (width != null && width % factor != 0) {
            throw new FieldProblem("width", "width is %d, must be a multiple of %d".formatted(width, factor));
        }
        if (height != null && height % factor != 0) {
            throw new FieldProblem("height", "height is %d, must be a multiple of %d".formatted(height, factor));
        }
        int w = width == null ? model.pictureSize() : width;
        int h = height == null ? model.pictureSize() : height;
        if ((long) w * h > mostPixels) {
            throw new FieldProblem(
                    width == null ? "height" : "width",
                    "%d x %d are more than the %d pixels that are drawn".formatted(w, h, mostPixels));
        }
        int layers = model.textEncoder().config().numHiddenLayers();
        if (clipSkip > layers) {
            throw new FieldProblem(
                    "clipSkip", "clipSkip is %d, the text encoder has %d layers".formatted(clipSkip, layers));
        }
        scheduler(model);
    }

    private @Nullable Scheduler scheduler(StableDiffusion model) {
        Scheduler chosen = common.scheduler(model);
        if (eta == 0) {
            return chosen;
        }
        Scheduler scheduler = chosen == null ? model.scheduler() : chosen;
        if (scheduler instanceof DdimScheduler ddim) {
            return new DdimScheduler(ddim.config(), eta);
        }
        if (scheduler instanceof TcdScheduler tcd) {
            return new TcdScheduler(tcd.config(), eta);
        }
        throw new FieldProblem("eta", "eta is for the schedulers ddim and tcd");
    }

    @Override
    public boolean isInterruptible() {
        return true;
    }

    @Override
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        Start start = picture == null ? null : picture.start(run, width, height);
        for (int i = 0; i < count && (i == 0 || !run.isInterrupted()); i++) {
            long seed = common.seed() + i;
            GenerationRequestBuilder request = GenerationRequest.of(common.withoutLoras(prompt))
                    .negative(common.withoutLoras(negative))
                    .settings(set -> common.settings(set, model))
                    .seed(seed)
                    .size(start == null ? width : null, start == null ? height : null)
                    .clipSkip(clipSkip)
                    .guidanceRescale(guidanceRescale)
                    .scheduler(scheduler(model))
                    .source(start == null ? null : start.source());
            Denoising denoising = request.build().on(model);
            if (i == 0) {
                run.expect(count * denoising.count());
            }
            INDArray latents = run.finish(denoising, "drawing", i + 1);
            BufferedImage drawn = Pictures.toImages(model.decode(latents)).get(0);
            save(run, i, seed, start == null ? drawn : start.finished(drawn));
        }
    }

    private void save(TaskRun run, int number, long seed, BufferedImage drawn) throws IOException {
        Map<String, String> values = Results.values(run, common, common.drawing(run.model()), drawn, seed);
        if (run.isInterrupted()) {
            values.put("Interrupted", "after %d steps".formatted(run.done()));
        }
        if (clipSkip > 0) {
            values.put("Clip skip", Integer.toString(clipSkip + 1)); // there, 1 is the last layer
        }
        if (eta > 0) {
            values.put("Eta", Double.toString(eta));
        }
        if (guidanceRescale != 0) {
            values.put("Guidance rescale", Double.toString(guidanceRescale));
        }
        if (picture != null) {
            values.put("Denoising strength", Double.toString(picture.strength()));
            Masking mask = picture.mask();
            if (mask != null && mask.blur() > 0) {
                values.put("Mask blur", Integer.toString(mask.blur()));
            }
        }
        run.save("picture-%d.png".formatted(number + 1), "picture", drawn, run.texts(prompt, negative, values))
                .put("seed", seed);
    }

    @Override
    public List<String> arguments() {
        Options options = new Options("generate").add("--prompt", prompt).addUnless("--negative", negative, "");
        options.add("--width", width).add("--height", height);
        options.addUnless("--clip-skip", clipSkip, 0).addUnless("--guidance-rescale", guidanceRescale, 0.0);
        options.addUnless("--eta", eta, 0.0);
        List<String> flags = new ArrayList<>();
        if (picture != null) {
            options.given(picture.image()).add("--strength", picture.strength());
            Masking mask = picture.mask();
            if (mask != null) {
                options.add("--mask", "mask.png").addUnless("--mask-blur", mask.blur(), 0);
                if (mask.invert()) {
                    flags.add("--invert-mask");
                }
                if (mask.onlyMasked()) {
                    flags.add("--only-masked");
                }
            }
        }
        List<String> all = new ArrayList<>(options.arguments(common));
        all.addAll(flags);
        return all;
    }
}
