package org.sd15.server.job;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.image.Pictures;

/** Turns a picture into noise, to be edited any number of times. */
record InvertTask(Common common, Given image, String prompt, String method) implements Task {

    static InvertTask of(Fields fields, Limits limits) {
        return new InvertTask(
                Common.of(fields, limits),
                Given.required(fields, "image", limits),
                fields.required("prompt"),
                fields.choice("method", "direct", Inversions.METHODS));
    }

    @Override
    public List<String> prompts() {
        return List.of(prompt);
    }

    @Override
    public void run(TaskRun run) throws IOException {
        INDArray pixels = image.pixels(run);
        run.expect(0);
        RunSettings settings = common.settings(RunSettings.DEFAULT, run.model());
        Inversions.Kept kept = run.loaded()
                .inversions()
                .of(run, pixels, image.key(), method, settings, List.of(common.withoutLoras(prompt)));
        INDArray back = run.model().decode(kept.picture().inversion().level(0));
        run.save("reconstruction.png", "reconstruction", Pictures.toImages(back).get(0), Map.of());
        run.result().put("inversion", run.id());
        Results.report(run, kept.reconstruction());
    }

    @Override
    public List<String> arguments() {
        return new Options("edit")
                .given(image)
                .add("--source", prompt)
                .add("--target", prompt)
                .add("--inversion", method)
                .arguments(common);
    }
}
