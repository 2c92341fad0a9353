package org.sd15.examples.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.ModelFiles;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.data.CaptionedPicture;
import org.sd15.pipeline.training.data.FolderPictures;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.job.VaeJob;
import org.sd15.pipeline.vae.VaeLoss;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the autoencoder. */
@Command(
        name = "vae",
        description = "Train the autoencoder to give pictures back; writes a diffusers folder.",
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

    @Option(names = "--data", required = true, paramLabel = "FOLDER", description = "Pictures; no captions needed.")
    private Path data = Path.of("");

    @Option(names = "--batch", defaultValue = "1", paramLabel = "N", description = "Pictures a batch (default: 1).")
    private int batch;

    @Option(names = "--resolution", paramLabel = "PIXELS", description = "Side of the pictures (default: the model's).")
    private @Nullable Integer resolution;

    @Option(names = "--random-crop", description = "Cut at a random place (default: in the middle).")
    private boolean randomCrop;

    @Option(names = "--flip", description = "Mirror every second picture.")
    private boolean flip;

    @Option(names = "--l2", defaultValue = "1", paramLabel = "W", description = "Weight of squared differences.")
    private double squared;

    @Option(names = "--l1", defaultValue = "0.3", paramLabel = "W", description = "Weight of absolute differences.")
    private double absolute;

    @Option(
            names = "--kl",
            defaultValue = "1e-4",
            paramLabel = "W",
            description = "Weight of the latents' divergence from normal numbers (default: 1e-4).")
    private double divergence;

    @Override
    public Integer call() throws Exception {
        try (ModelFiles files = model.open(initial, run.seed());
                VaeJob job =
                        new VaeJob(files, new VaeLoss(squared, absolute, divergence), pictures(files), run.seed())) {
            Files.createDirectories(run.work());
            int steps = loop.steps(null);
            TrainingSettings settings = loop.settings(steps, USUAL_RATE);
            Trainer trainer = new Trainer(job.passes(), settings);
            Map<String, String> record = record(settings, steps);
            TrainerLoop training = new TrainerLoop(run, record);
            training.resume(trainer);
            training.run(trainer, steps, step -> {});
            job.write(trainer.result(), run.output(), record);
        }
        System.out.println(run.output());
        return 0;
    }

    private FolderPictures pictures(ModelFiles files) throws Exception {
        int side = resolution == null ? files.sampleSize() * files.vaeConfig().factor() : resolution;
        List<Path> pictures = PictureFolder.read(data, List.of("")).pictures().stream()
                .map(CaptionedPicture::file)
                .toList();
        return new FolderPictures(pictures, new PictureTransform(side, side, randomCrop, flip), batch, run.seed());
    }

    private Map<String, String> record(TrainingSettings settings, int steps) {
        Map<String, String> record = new LinkedHashMap<>();
        record.put("sd15.training.method", "vae");
        record.put(
                "sd15.training.model", initial == null ? model.name() : "the configuration " + initial.getFileName());
        record.put("sd15.training.steps", String.valueOf(steps));
        record.put("sd15.training.batch", String.valueOf(batch));
        record.put("sd15.training.settings", settings.toString());
        record.put("sd15.training.seed", String.valueOf(run.seed()));
        record.put("sd15.training.version", "sd15 0.1.0");
        return record;
    }
}
