package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.masactrl.MasaCtrl;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRun;
import org.sd15.pipeline.image.Pictures;

/** Draws a picture again in another pose or shape, by MasaCtrl. */
record MasaCtrlTask(
        Common common,
        String source,
        String target,
        int startStep,
        @Nullable Integer startLayer,
        List<String> maskWords,
        double maskThreshold,
        @Nullable Given image)
        implements Task {

    static MasaCtrlTask of(Fields fields, Limits limits) {
        Given image = Given.of(fields, "image", limits);
        List<String> words = fields.texts("maskWords");
        if (!words.isEmpty() && words.size() != 2) {
            throw new FieldProblem("maskWords", "maskWords must be a word of the source and one of the target");
        }
        return new MasaCtrlTask(
                Common.of(fields, limits),
                image == null ? fields.required("source") : fields.text("source", ""),
                fields.required("target"),
                (int) fields.whole("startStep", 4, 0, limits.steps()),
                fields.whole("startLayer", 0, 64),
                words,
                fields.number("maskThreshold", 0.1, 0, 1),
                image);
    }

    @Override
    public List<String> prompts() {
        return List.of(source, target);
    }

    @Override
    public void check(StableDiffusion model) {
        request(model).requireWords(model);
    }

    private MasaCtrlRequest request(StableDiffusion model) {
        Foreground foreground = maskWords.isEmpty()
                ? new Foreground.None()
                : new Foreground.Words(maskWords.get(0), maskWords.get(1), maskThreshold);
        MasaCtrl control = MasaCtrl.DEFAULT.fromStep(startStep).foreground(foreground);
        MasaCtrl complete = startLayer == null ? control : control.fromLayer(startLayer);
        return MasaCtrlRequest.of(common.withoutLoras(source), common.withoutLoras(target))
                .control(usual -> complete)
                .sampling(set -> common.settings(set, model));
    }

    @Override
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        run.expect(common.steps());
        MasaCtrlRequest request = request(model);
        if (image != null) {
            INDArray pixels = image.pixels(run);
            List<String> all = Inversions.prompts(common.withoutLoras(source), common.withoutLoras(target));
            request = request.inverted(run.loaded()
                    .inversions()
                    .of(run, pixels, image.key(), "ddim", request.settings(), all)
                    .picture()
                    .inversion());
        }
        MasaCtrlRun masa = request.on(model);
        run.finish(masa.run(), "editing", 1);
        List<BufferedImage> images = Pictures.toImages(model.decode(masa.run().latents()));
        Results.beforeAndAfter(run, common, images, common.editing(model), options(), target);
    }

    private Options options() {
        Options options = new Options("masactrl")
                .given(image)
                .addUnless("--source", source, "")
                .add("--target", target);
        options.addUnless("--start-step", startStep, 4).add("--start-layer", startLayer);
        if (!maskWords.isEmpty()) {
            options.add("--mask-words", String.join(",", maskWords)).addUnless("--mask-threshold", maskThreshold, 0.1);
        }
        return options;
    }

    @Override
    public List<String> arguments() {
        return options().arguments(common);
    }
}
