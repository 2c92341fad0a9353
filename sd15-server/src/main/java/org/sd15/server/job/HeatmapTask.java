package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.heatmap.HeatMapRun;
import org.sd15.pipeline.image.Pictures;

/** Draws a prompt, or takes a picture, and shows where each word is in it. */
record HeatmapTask(Common common, String prompt, @Nullable Given image) implements Task {

    static HeatmapTask of(Fields fields, Limits limits) {
        return new HeatmapTask(Common.of(fields, limits), fields.required("prompt"), Given.of(fields, "image", limits));
    }

    @Override
    public List<String> prompts() {
        return List.of(prompt);
    }

    @Override
    public void check(StableDiffusion model) {
        WordsView.of(common.withoutLoras(prompt), common.style(), model.tokenizer());
    }

    @Override
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        run.expect(common.steps());
        String text = common.withoutLoras(prompt);
        HeatMapRequest request = HeatMapRequest.of(text).sampling(set -> common.settings(set, model));
        if (image != null) {
            INDArray pixels = image.pixels(run);
            RunSettings settings = request.settings().guidance(1);
            request = request.inverted(run.loaded()
                    .inversions()
                    .of(run, pixels, image.key(), "ddim", settings, List.of(text))
                    .picture()
                    .inversion());
        }
        HeatMapRun heat = request.on(model);
        run.finish(heat.run(), "drawing", 1);
        BufferedImage drawn =
                Pictures.toImages(model.decode(heat.run().latents())).get(0);
        Map<String, String> values = Results.values(
                run, common, image == null ? common.drawing(model) : common.editing(model), drawn, common.seed());
        values.putAll(options().parameters(common));
        run.save("picture-1.png", "picture", drawn, run.texts(prompt, "", values))
                .put("seed", common.seed());
        Results.maps(run, heat.maps(), "picture", drawn);
    }

    private Options options() {
        return new Options("heatmap").add("--prompt", prompt).given(image);
    }

    @Override
    public List<String> arguments() {
        return options().arguments(common);
    }
}
