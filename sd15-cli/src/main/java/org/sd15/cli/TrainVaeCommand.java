package org.sd15.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.run.ResultKind;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingBuilder;
import org.sd15.pipeline.vae.VaeLoss;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the autoencoder. */
@Command(
        name = "vae",
        footer = {
            "sd15 train vae --data pictures --output my-vae --train-steps 1000",
            "sd15 train vae --data pictures --init-config new-model --output my-vae --kl 1e-6"
        },
        description = "Train the autoencoder to give pictures back; writes a diffusers folder. Captions are not read.",
        mixinStandardHelpOptions = true)
final class TrainVaeCommand implements Callable<Integer> {

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private LoopOptions loop = new LoopOptions();

    @Mixin
    private RunOptions run = new RunOptions();

    @Option(
            names = "--init-config",
            paramLabel = "DIR",
            description = "A diffusers folder in the place of --model; without weights there, the autoencoder starts"
                    + " from nothing, initialised as by diffusers.")
    private @Nullable Path initial;

    @Mixin
    private PictureOptions pictures = new PictureOptions();

    @Option(names = "--l2", defaultValue = "1", paramLabel = "W", description = "Weight of squared differences.")
    @InRange(from = 0)
    private double squared;

    @Option(names = "--l1", defaultValue = "0.3", paramLabel = "W", description = "Weight of absolute differences.")
    @InRange(from = 0)
    private double absolute;

    @Option(
            names = "--kl",
            defaultValue = "1e-4",
            paramLabel = "W",
            description = "Weight of the latents' divergence from normal numbers (default: 1e-4).")
    @InRange(from = 0)
    private double divergence;

    @Override
    public Integer call() throws Exception {
        run.require(ResultKind.FOLDER);
        model.inputs().model("--init-config", initial).requireNoneIs("--output", run.output());
        try (ModelFiles files = model.open(initial, run.seed())) {
            TrainingBuilder training = Training.vae(new VaeLoss(squared, absolute, divergence))
                    .data(pictures.of(files))
                    .modelName(model.name())
                    .listener(new TrainingConsole("Training of " + run.output().getFileName(), pictures.folder()));
            RunOptions.run(run.apply(loop.apply(training, null)).build(), files);
        }
        Console.result(run.output());
        return 0;
    }
}
