package org.sd15.server.job;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.delta.DeltaDenoising;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;
import org.sd15.pipeline.image.Pictures;

/** Moves a picture towards what a prompt says, by Delta Denoising Score. */
record DdsTask(Common common, Given image, String source, String target, int iterations, double stepSize)
        implements Task {

    private static final int MOST = 1000;

    static DdsTask of(Fields fields, Limits limits) {
        return new DdsTask(
                Common.of(fields, limits),
                Given.required(fields, "image", limits),
                fields.required("source"),
                fields.required("target"),
                (int) fields.whole("iterations", 200, 1, MOST),
                fields.number("stepSize", 0.048828125, -100, 100));
    }

    @Override
    public List<String> prompts() {
        return List.of(source, target);
    }

    @Override
    public void run(TaskRun run) throws IOException {
        StableDiffusion model = run.model();
        run.expect(iterations);
        DeltaDenoising dds = DeltaDenoisingRequest.of(
                        common.withoutLoras(source), common.withoutLoras(target), image.pixels(run))
                .promptStyle(common.style())
                .iterations(iterations)
                .stepSize(stepSize)
                .guidance(common.guidance())
                .seed(common.seed())
                .on(model);
        dds.finish(step -> {
            run.preview(step.latents(), 1, false);
            run.step("editing", 1);
        });
        INDArray both = model.decode(Nd4j.concat(0, dds.start(), dds.latents()));
        List<BufferedImage> images = Pictures.toImages(both);
        Map<String, String> values = Results.values(run, common, null, images.get(0), common.seed());
        values.putAll(options().parameters(common));
        Map<String, String> texts = run.texts(target, "", values);
        run.save("before.png", "before", images.get(0), texts);
        run.save("after.png", "after", images.get(1), texts).put("seed", common.seed());
    }

    private Options options() {
        Options options =
                new Options("dds").given(image).add("--source", source).add("--target", target);
        return options.addUnless("--iterations", iterations, 200).addUnless("--step-size", stepSize, 0.048828125);
    }

    @Override
    public List<String> arguments() {
        return options().arguments(common);
    }
}
