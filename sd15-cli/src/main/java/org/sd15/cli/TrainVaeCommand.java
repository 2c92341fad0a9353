package org.sd15.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.data.CaptionedPicture;
import org.sd15.pipeline.training.data.FolderPictures;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.job.TrainingCost;
import org.sd15.pipeline.training.job.TrainingEstimate;
import org.sd15.pipeline.training.job.VaeJob;
import org.sd15.pipeline.vae.VaeLoss;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the autoencoder. */
@Command(
        name = "vae",
        description = "Train the autoencoder to give pictures back; writes a diffusers folder. Captions are not read.",
        mixinStandardHelpOptions = true)
final class TrainVaeCommand implements Callable<Integer> {

    private static final double USUAL_RATE = 1e-4;

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
        run.require(RunOptions.Result.FOLDER);
        model.inputs().model("--init-config", initial).requireNoneIs("--output", run.output());
        try (ModelFiles files = model.open(initial, run.seed())) {
            int side = pictures.side(files);
            var plan = new TrainingEstimate.Plan(side, side, pictures.batch(), loop.accumulate(), loop.averages());
            TrainingCost cost = TrainingEstimate.ofVae(files).require(plan, run.memory());
            CostNotice notice = CostNotice.print(cost, loop);
            PreparedPictures opened =
                    pictures.prepare("opening", pictures.showing(List.of("")), PreparedPictures::opened);
            VaeLoss loss = new VaeLoss(squared, absolute, divergence);
            try (RunFolder folder = run.open();
                    VaeJob job = new VaeJob(files, loss, source(opened, side), run.seed())) {
                Map<String, String> subject = Map.of(
                        "sd15.training.data", opened.digest(),
                        "sd15.training.pictures", pictures.transform(side).toString(),
                        "sd15.training.learns", loss.toString());
                train(job, folder, notice, subject);
            }
        }
        Console.result(run.output());
        return 0;
    }

    private FolderPictures source(PreparedPictures opened, int side) {
        List<Path> paths =
                opened.pictures().stream().map(CaptionedPicture::file).toList();
        return new FolderPictures(paths, pictures.transform(side), pictures.batch(), run.seed());
    }

    private void train(VaeJob job, RunFolder folder, CostNotice notice, Map<String, String> subject) throws Exception {
        int steps = loop.steps(null);
        TrainingSettings settings = loop.settings(steps, USUAL_RATE);
        Trainer trainer = new Trainer(job.passes(), settings);
        Map<String, String> record = TrainingRecord.of("vae", model.name(), pictures, settings, run);
        record.put("sd15.training.steps", String.valueOf(steps));
        record.putAll(subject);
        TrainerLoop training = new TrainerLoop(run, folder, record);
        training.begin(trainer);
        notice.printRest(steps - trainer.done());
        training.run(trainer, steps, step -> {});
        job.write(trainer.result(), run.output(), record);
    }
}
