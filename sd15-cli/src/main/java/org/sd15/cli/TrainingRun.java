package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.ReplayedBatches;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.data.LatentCache;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingJob;

/** One training of the command line, from the batches to the files. */
final class TrainingRun {

    private static final double USUAL_RATE = 1e-4;
    private static final double WHOLE_SUBJECT_RATE = 5e-6;

    private final TrainingOptions options;
    private final String name;
    private final Method method;
    private final TrainingJob job;
    private final RunFolder folder;
    private final CostNotice notice;
    private final int side;
    private final Map<String, String> record = new LinkedHashMap<>();
    private final List<Double> losses = new ArrayList<>();
    private final List<Double> norms = new ArrayList<>();

    TrainingRun(
            TrainingOptions options,
            String name,
            Method method,
            TrainingJob job,
            RunFolder folder,
            CostNotice notice,
            int side) {
        this.options = options;
        this.name = name;
        this.method = method;
        this.job = job;
        this.folder = folder;
        this.notice = notice;
        this.side = side;
    }

    void run(DataOptions.Reading reading) throws Exception {
        Objective objective = job.objective(options.loop().weighting());
        Path replay = options.data().replay();
        if (replay == null) {
            train(pictures(reading, objective), objective, options.loop().steps(null));
            return;
        }
        if (method.trainsTextEncoder()) {
            throw new IllegalArgumentException("--replay has text states: the text encoder can't learn from it");
        }
        record.put("sd15.training.data", "batches of " + replay.getFileName());
        try (ReplayedBatches batches = ReplayedBatches.open(replay)) {
            train(batches, objective, options.loop().steps(batches.count()));
        }
    }

    private BatchSource pictures(DataOptions.Reading reading, Objective objective) throws IOException {
        DataOptions data = options.data();
        PictureFolder read = reading.of(data);
        Path cache = data.cache(folder.path());
        PictureTransform transform = data.pictures().transform(side);
        LatentCache latents = new LatentCache(cache, job.vae(), transform);
        PreparedPictures pictures = prepare("encoding", read, latents);
        Warnings.cut(job.tokenizer(), pictures.pictures());
        record.put("sd15.training.data", pictures.digest());
        PictureBatches.Settings settings = data.settings(objective.schedule().timesteps());
        record.put("sd15.training.pictures", transform + ", " + settings);
        return new PictureBatches(
                pictures,
                prior(latents),
                latents,
                job.vae(),
                job.captions(cache),
                settings,
                options.run().seed());
    }

    private PictureBatches.@Nullable Prior prior(LatentCache latents) throws IOException {
        ClassPictures wanted = options.prior();
        if (wanted == null) {
            return null;
        }
        Path drawn = wanted.in(
                folder.path(), job.preview(), side, side, options.run().seed());
        PictureFolder read = PictureFolder.read(drawn, List.of(wanted.prompt()));
        PreparedPictures prepared = prepare("encoding class", read, latents);
        record.put("sd15.training.class", prepared.digest() + ", weight " + wanted.weight());
        return new PictureBatches.Prior(prepared, wanted.weight());
    }

    private PreparedPictures prepare(String task, PictureFolder read, LatentCache latents) throws IOException {
        return options.data()
                .pictures()
                .prepare(task, read, (all, bad, progress) -> PreparedPictures.of(all, latents, bad, progress));
    }

    private void train(BatchSource source, Objective objective, int steps) throws Exception {
        boolean wholeSubject = name.equals("dreambooth") && method instanceof Method.Full;
        TrainingSettings settings = options.loop().settings(steps, wholeSubject ? WHOLE_SUBJECT_RATE : USUAL_RATE);
        Trainer trainer = new Trainer(job.model(), source, objective, settings);
        record.putAll(
                TrainingRecord.of(name, options.modelName(), options.data().pictures(), settings, options.run()));
        record.put("sd15.training.unet", job.fingerprint());
        record.put("sd15.training.learns", method.description());
        record.put("sd15.training.steps", String.valueOf(steps));
        record.put("sd15.training.prediction", objective.prediction() + ", " + objective.weighting());
        if (!options.validationPrompts().isEmpty()) {
            job.preview().scheduler().sampler(options.validationSteps()); // fails now rather than after many steps
        }
        TrainerLoop loop = new TrainerLoop(options.run(), folder, record);
        loop.begin(trainer);
        notice.printRest(steps - trainer.done());
        loop.run(trainer, steps, step -> after(step, steps));
        finish(trainer);
    }

    private void after(TrainingStep step, int steps) throws IOException {
        losses.addAll(step.batchLosses());
        norms.add(step.gradientNorm());
        int done = step.index() + 1;
        if (done % options.validationEvery() == 0 || done == steps) {
            validate(done);
        }
    }

    private void validate(int step) throws IOException {
        if (options.validationPrompts().isEmpty()) {
            return;
        }
        Path drawn = Files.createDirectories(folder.path().resolve("validation"));
        StableDiffusion model = job.preview();
        for (int i = 0; i < options.validationPrompts().size(); i++) {
            String prompt = options.validationPrompts().get(i);
            Denoising run = model.generate(GenerationRequest.of(prompt)
                    .seed(options.run().seed())
                    .steps(options.validationSteps())
                    .size(side, side)
                    .build());
            var image = Pictures.toImages(model.decode(run.finish())).get(0);
            String file = String.format(Locale.ROOT, "step-%06d-%d.png", step, i);
            PngFile.write(drawn.resolve(file), image, Map.of("parameters", prompt));
        }
    }

    private void finish(Trainer trainer) throws IOException {
        job.write(trainer.result(), options.run().output(), record);
        Path dump = options.dump();
        if (dump != null) {
            Tensors.write(
                    dump,
                    Map.of(
                            "loss", Nd4j.createFromArray(losses.toArray(Double[]::new)),
                            "grad_norm", Nd4j.createFromArray(norms.toArray(Double[]::new))));
        }
        Console.result(options.run().output());
    }
}
