package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.edit.instruct.InstructRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Scheduler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Changes a picture as an instruction says, by InstructPix2Pix. */
@Command(
        name = "instruct",
        footer = {
            "sd15 instruct --model instruct-pix2pix --image in.png --instruction \"make it snow\"",
            "sd15 instruct --model instruct-pix2pix --image in.png --instruction \"in oil\" --image-guidance 1.8"
        },
        description =
                "Change a picture as an instruction says (InstructPix2Pix). Needs a --model that was trained for that:"
                        + " its UNet takes eight channels.",
        mixinStandardHelpOptions = true)
final class InstructCommand implements Callable<Integer> {

    /** Predictions of a step: under the instruction and the picture, the picture alone, and neither. */
    private static final int ROWS = 3;

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

    @Option(
            names = "--instruction",
            paramLabel = "P",
            required = true,
            description = "What to do, for instance \"make it a winter scene\".")
    private String instruction = "";

    @Option(names = "--negative", paramLabel = "P", description = "What to stay away from (default: empty).")
    private String negative = "";

    @Option(
            names = "--image-guidance",
            paramLabel = "W",
            defaultValue = "1.5",
            description = "How closely the picture is kept, 1 or more (default: 1.5). Below 1, or with --guidance of 1"
                    + " or less, nothing guides.")
    @InRange
    private double imageGuidance;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        if (!image.isGiven()) {
            throw new ParameterException(spec.commandLine(), "Give a picture with --image");
        }
        style.addLoras(model, List.of(instruction, negative));
        output.require(1, image.addTo(madeFrom.addTo(sampling.addTo(model.inputs()))));
        try (StableDiffusion diffusion = model.load()) {
            style.warn(diffusion, List.of(instruction, negative));
            INDArray picture = Objects.requireNonNull(image.picture(diffusion));
            image.expect(diffusion, model, picture, (double) sampling.steps() * ROWS);
            Denoising run = InstructRequest.of(style.withoutLoras(instruction), picture)
                    .negative(style.withoutLoras(negative))
                    .imageGuidance(imageGuidance)
                    .sampling(style.of(sampling.of(diffusion)))
                    .on(diffusion);
            output.finish("editing", run);
            finish(diffusion, picture, run);
        }
        return 0;
    }

    private void finish(StableDiffusion diffusion, INDArray picture, Denoising run) throws IOException {
        INDArray edited = output.decoded(diffusion, run.latents());
        Map<String, BufferedImage> named = new LinkedHashMap<>();
        named.put("before", Pictures.toImages(picture).get(0));
        named.put("after", Pictures.toImages(edited).get(0));
        Scheduler chosen = sampling.scheduler(diffusion);
        SamplerName name = SamplerName.of(chosen == null ? diffusion.scheduler() : chosen);
        String method = "InstructPix2Pix: image guidance %s".formatted(imageGuidance);
        BufferedImage after = Pictures.toImages(edited).get(0);
        new ResultPictures(output, instruction, sampling.parameters(name, model, after, method))
                .write(named, List.of("after"));
        output.writeDump();
    }
}
