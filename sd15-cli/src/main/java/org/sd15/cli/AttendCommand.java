package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.edit.attend.AttendAndExcite;
import org.sd15.pipeline.edit.attend.AttendRequest;
import org.sd15.pipeline.edit.attend.AttendRun;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.words.Window;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws a prompt so that every subject is there, by Attend-and-Excite. */
@Command(
        name = "attend",
        footer = {
            "sd15 attend --prompt \"a cat and a dog\" --words cat,dog --output both.png",
            "sd15 attend --prompt \"a cat and a dog\" --words cat,dog --attempts 3 --seed 7"
        },
        description = "Draw a prompt so that none of its subjects is left out (Attend-and-Excite).",
        mixinStandardHelpOptions = true)
final class AttendCommand implements Callable<Integer> {

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

    @Option(names = "--prompt", required = true, description = "What to draw.")
    private String prompt = "";

    @Option(
            names = "--words",
            required = true,
            split = ",",
            description = "Subjects that have to be there, separated by commas.")
    private List<String> words = List.of();

    @Option(
            names = "--attend-steps",
            paramLabel = "F",
            defaultValue = "0.5",
            description = "Share of the steps in which the latents are moved (default: 0.5).")
    @InRange(from = 0, to = 1)
    private double share;

    @Option(
            names = "--step-size",
            paramLabel = "F",
            defaultValue = "20",
            description = "Size of the moves (default: 20, as published).")
    @InRange(from = 0)
    private double stepSize;

    @Option(
            names = "--attempts",
            paramLabel = "N",
            defaultValue = "20",
            description = "Moves of one refinement at most; 0 for no refinements (default: 20, as published).")
    @InRange(from = 0)
    private int attempts;

    @Override
    public Integer call() throws Exception {
        style.addLoras(model, List.of(prompt));
        output.require(1, madeFrom.addTo(sampling.addTo(model.inputs())));
        try (StableDiffusion diffusion = model.load()) {
            style.warn(diffusion, List.of(prompt));
            AttendRun run = AttendRequest.of(style.withoutLoras(prompt), words)
                    .sampling(style.of(sampling.of(diffusion)))
                    .method(this::settings)
                    .on(diffusion);
            output.finish("drawing", run.run());
            INDArray pictures = output.decoded(diffusion, run.run().latents());
            BufferedImage picture = Pictures.toImages(pictures).get(0);
            String method = "Attend-and-Excite: " + String.join(", ", words);
            Map<String, String> parameters = sampling.parameters(sampling.editing(diffusion), model, picture, method);
            new ResultPictures(output, prompt, parameters).write(Map.of("0", picture), List.of("0"));
            output.writeDump();
        }
        return 0;
    }

    private AttendAndExcite settings(AttendAndExcite usual) {
        return usual.moving(Window.until(share), stepSize).attempts(attempts);
    }
}
