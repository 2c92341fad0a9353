package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.GenerationRequest.Source;
import org.sd15.pipeline.denoise.GenerationRequestBuilder;
import org.sd15.pipeline.image.Inpaint;
import org.sd15.pipeline.image.PictureFit;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PixelMask;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.TcdScheduler;

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
        @Nullable Given image,
        @Nullable Given mask,
        double strength,
        Masking masking)
        implements Task {

    /** What is done with a mask. */
    record Masking(boolean invert, int blur, boolean onlyMasked) {}

    static GenerateTask of(Fields fields, Limits limits) {
        Given image = Given.of(fields, "image", limits);
        Given mask = Given.of(fields, "mask", limits);
        if (mask != null && image == null) {
            throw new FieldProblem("mask", "mask needs an image");
        }
        Integer width = fields.whole("width", 8, 4096);
        Integer height = fields.whole("height", 8, 4096);
        if (width != null && height != null && (long) width * height > limits.pixels()) {
            throw new FieldProblem(
                    "width", "%d x %d are more than %d pixels".formatted(width, height, limits.pixels()));
        }
        return new GenerateTask(
                Common.of(fields, limits),
                fields.required("prompt"),
                fields.text("negative", ""),
                width,
                height,
                (int) fields.whole("count", 1, 1, limits.count()),
                (int) fields.whole("clipSkip", 0, 0, 11),
                fields.number("guidanceRescale", 0, 0, 1),
                fields.number("eta", 0, 0, 1),
                image,
                mask,
                fields.number("strength", mask == null ? 0.8 : 1, 0, 1),
                new Masking(
                        fields.flag("invertMask", false),
                        (int) fields.whole("maskBlur", 0, 0, 64),
                        fields.flag("onlyMasked", false)));
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
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        Inpaint inpaint = mask == null ? null : inpaint(run);
        Source source = inpaint != null
                ? new Source(inpaint.seen(), strength, inpaint.painted())
                : image == null ? null : new Source(fitted(run), strength, null);
        for (int i = 0; i < count; i++) {
            long seed = common.seed() + i;
            GenerationRequestBuilder request = GenerationRequest.of(common.withoutLoras(prompt))
                    .negative(common.withoutLoras(negative))
                    .settings(set -> common.settings(set, model))
                    .seed(seed)
                    .size(source == null ? width : null, source == null ? height : null)
                    .clipSkip(clipSkip)
                    .guidanceRescale(guidanceRescale)
                    .scheduler(scheduler(model))
                    .source(source);
            Denoising denoising = request.build().on(model);
            if (i == 0) {
                run.expect(count * denoising.count());
            }
            run.finish(denoising, "drawing", i + 1);
            BufferedImage drawn =
                    Pictures.toImages(model.decode(denoising.latents())).get(0);
            save(run, i, seed, inpaint == null ? drawn : inpaint.finished(drawn));
        }
    }

    private INDArray fitted(TaskRun run) throws IOException {
        BufferedImage read = image.read(run);
        return Pictures.fromImage(image.fit(read, run.model(), width, height).apply(read));
    }

    private Inpaint inpaint(TaskRun run) throws IOException {
        BufferedImage read = image.read(run);
        INDArray white = Pictures.mask(mask.read(run));
        INDArray asked = masking.invert ? white.rsub(1) : white;
        int w = width == null ? run.model().pictureSize() : width;
        int h = height == null ? run.model().pictureSize() : height;
        if (masking.onlyMasked) {
            INDArray hard = PixelMask.hard(
                    PictureFit.scaled(read, read.getWidth(), read.getHeight()).mask(asked));
            return new Inpaint(read, PixelMask.around(read, hard, w, h), hard, PixelMask.blurred(hard, masking.blur));
        }
        PictureFit fit = image.fit(read, run.model(), width, height);
        BufferedImage fitted = fit.apply(read);
        INDArray hard = PixelMask.hard(fit.mask(asked));
        PictureFit all = PictureFit.scaled(fitted, fitted.getWidth(), fitted.getHeight());
        return new Inpaint(fitted, all, hard, PixelMask.blurred(hard, masking.blur));
    }

    private void save(TaskRun run, int number, long seed, BufferedImage drawn) throws IOException {
        Map<String, String> values = Results.values(run, common, common.drawing(run.model()), drawn, seed);
        if (image != null) {
            values.put("Denoising strength", Double.toString(strength));
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
        if (masking.blur > 0 && mask != null) {
            values.put("Mask blur", Integer.toString(masking.blur));
        }
        run.save("picture-%d.png".formatted(number + 1), "picture", drawn, run.texts(prompt, negative, values))
                .put("seed", seed);
    }

    @Override
    public List<String> arguments() {
        Options options = new Options("generate").add("--prompt", prompt).addUnless("--negative", negative, "");
        options.add("--width", image == null ? width : null).add("--height", image == null ? height : null);
        options.addUnless("--clip-skip", clipSkip, 0).addUnless("--guidance-rescale", guidanceRescale, 0.0);
        options.addUnless("--eta", eta, 0.0).given(image);
        if (image != null) {
            options.add("--strength", strength);
        }
        if (mask != null) {
            options.add("--mask", "mask.png").addUnless("--mask-blur", masking.blur, 0);
        }
        return options.arguments(common);
    }
}
