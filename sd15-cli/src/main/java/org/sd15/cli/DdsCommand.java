package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.delta.DeltaDenoising;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;
import org.sd15.pipeline.image.Pictures;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Moves a picture towards a prompt, by Delta Denoising Score. */
@Command(
        name = "dds",
        footer = {
            "sd15 dds --image in.png --source \"a cat\" --target \"a dog\" --output out",
            "sd15 dds --image in.png --source \"a cat\" --target \"a dog\" --iterations 400"
        },
        description = "Move a picture towards what a prompt says, without inversion (Delta Denoising Score).",
        mixinStandardHelpOptions = true)
final class DdsCommand implements Callable<Integer> {

    /** Predictions of an iteration: of both pictures under their prompts, and without. */
    private static final int ROWS = 4;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private PromptOptions style = new PromptOptions();

    @Mixin
    private MadeFrom madeFrom = new MadeFrom();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ImageOptions image = new ImageOptions();

    @Option(names = "--source", paramLabel = "P", required = true, description = "What the picture shows.")
    private String source = "";

    @Option(names = "--target", paramLabel = "P", required = true, description = "What it is to show.")
    private String target = "";

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "200",
            description = "Steps of the optimisation (default: 200).")
    @InRange(from = 1)
    private int iterations;

    @Option(
            names = "--step-size",
            paramLabel = "F",
            defaultValue = "0.048828125",
            description = "How far a step goes (default: 0.048828125, as published for 64 x 64 latents).")
    @InRange
    private double stepSize;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        if (!image.isGiven()) {
            throw new ParameterException(spec.commandLine(), "Give a picture with --image");
        }
        style.addLoras(model, List.of(source, target));
        output.require(1, image.addTo(madeFrom.addTo(sampling.addTo(model.inputs()))));
        try (StableDiffusion diffusion = model.load()) {
            INDArray picture = Objects.requireNonNull(image.picture(diffusion));
            style.warn(diffusion, List.of(source, target));
            image.expect(diffusion, model, picture, (double) iterations * ROWS);
            RunSettings chosen = sampling.of(diffusion).apply(RunSettings.DEFAULT);
            DeltaDenoising run = DeltaDenoisingRequest.of(
                            style.withoutLoras(source), style.withoutLoras(target), picture)
                    .promptStyle(style.style())
                    .iterations(iterations)
                    .stepSize(stepSize)
                    .guidance(chosen.guidance().scale())
                    .seed(chosen.seeds().get(0))
                    .on(diffusion);
            output.note("latents_start", run.start());
            try (Progress progress = new Progress("editing", run.count())) {
                run.finish(step -> {
                    output.noteStep(step.index(), step.latents());
                    progress.step();
                });
            }
            finish(diffusion, picture, run);
        }
        return 0;
    }

    private void finish(StableDiffusion diffusion, INDArray picture, DeltaDenoising run) throws IOException {
        INDArray pictures = diffusion.decode(Nd4j.concat(0, run.start(), run.latents()));
        String loss = ImageOptions.tellLoss(picture, pictures.get(NDArrayIndex.interval(0, 1)));
        List<BufferedImage> images = Pictures.toImages(pictures);
        output.note("latents", run.latents());
        output.note("image", pictures.slice(1).reshape(1, pictures.size(1), pictures.size(2), pictures.size(3)));
        String method = "Delta Denoising Score: %d iterations of %s".formatted(iterations, stepSize);
        Map<String, BufferedImage> named = new LinkedHashMap<>();
        named.put("given", Pictures.toImages(picture).get(0));
        named.put("before", images.get(0));
        named.put("after", images.get(1));
        Map<String, String> parameters = sampling.parameters(null, model, images.get(0), method);
        new ResultPictures(output, target, parameters, Map.of("given", loss, "before", source, "after", target))
                .write(named, List.of("after"));
        output.writeDump();
    }
}
