package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.ReplayedBatches;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.data.CaptionedPicture;
import org.sd15.pipeline.training.data.LatentCache;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.data.PictureFolder;
import org.sd15.pipeline.training.data.PictureTransform;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.pipeline.vae.Vae;

/** One training of a model that denoises, from the batches to the files. */
final class DenoisingRun {

    private final DenoisingLearner learner;
    private final TrainingPlan plan;
    private final TrainingJob job;
    private final RunFolder folder;
    private final Estimate estimate;
    private final int side;
    private final TrainingRecord record = new TrainingRecord();

    DenoisingRun(
            DenoisingLearner learner,
            TrainingPlan plan,
            TrainingJob job,
            RunFolder folder,
            Estimate estimate,
            int side) {
        this.learner = learner;
        this.plan = plan;
        this.job = job;
        this.folder = folder;
        this.estimate = estimate;
        this.side = side;
    }

    /** Trains the model of a name, and says whether all steps are done. */
    boolean run(String modelName) throws IOException {
        Objective objective = job.objective(learner.weighting());
        TrainingData data = plan.data();
        if (data instanceof ReplayFile replay) {
            record.put(TrainingRecord.DATA, "batches of " + replay.path().getFileName());
            try (ReplayedBatches batches = ReplayedBatches.open(replay.path())) {
                return train(modelName, batches, objective);
            }
        }
        BatchSource source = data instanceof TrainingPictures pictures
                ? batches(pictures, objective)
                : ((BatchStream) data).opening().open(job, objective);
        return train(modelName, source, objective);
    }

    private BatchSource batches(TrainingPictures pictures, Objective objective) throws IOException {
        PictureFolder read = pictures.read(learner.captions());
        Path cache = learner.cacheIn(folder.path());
        PictureTransform transform = pictures.transform(side);
        LatentCache latents = new LatentCache(cache, job.vae(), transform);
        PreparedPictures prepared = encode("encoding", read, pictures, latents);
        noteCutCaptions(prepared.pictures());
        record.put(TrainingRecord.DATA, prepared.digest());
        PictureBatches.Settings settings =
                learner.batches(pictures.batch(), objective.schedule().timesteps());
        record.put(TrainingRecord.PICTURES, transform + ", " + settings);
        return new PictureBatches(
                prepared,
                prior(pictures, latents),
                latents,
                job.vae(),
                job.captions(cache),
                settings,
                plan.run().seed());
    }

    private PictureBatches.@Nullable Prior prior(TrainingPictures pictures, LatentCache latents) throws IOException {
        ClassPictures wanted = learner.prior();
        if (wanted == null) {
            return null;
        }
        PictureFolder read = wanted.in(plan.run(), folder.path(), job.preview(), side);
        PreparedPictures prepared = encode("encoding class", read, pictures, latents);
        record.put("class", prepared.digest() + ", weight " + wanted.weight());
        return new PictureBatches.Prior(prepared, wanted.weight());
    }

    private PreparedPictures encode(String task, PictureFolder read, TrainingPictures pictures, LatentCache latents)
            throws IOException {
        PictureOpening opening = (all, bad, progress) -> PreparedPictures.of(all, latents, bad, progress);
        return opening.open(task, read, pictures.bad(), plan.listener());
    }

    /** Says so if captions are longer than the text encoder reads. */
    private void noteCutCaptions(List<CaptionedPicture> pictures) {
        ClipTokenizer tokenizer = job.tokenizer();
        List<Path> tooLong = pictures.stream()
                .filter(picture -> picture.captions().stream()
                        .anyMatch(caption -> tokenizer.encode(caption).cutOff() > 0))
                .map(CaptionedPicture::file)
                .toList();
        if (!tooLong.isEmpty()) {
            plan.listener()
                    .note(("%d captions have more than the %d tokens that the text encoder reads, the rest is left out;"
                                    + " for instance that of %s")
                            .formatted(tooLong.size(), tokenizer.encode("").maxLength(), tooLong.get(0)));
        }
    }

    private boolean train(String modelName, BatchSource source, Objective objective) throws IOException {
        Trainer trainer = new Trainer(learner.gradients().apply(job.model()), source, objective, plan.settings());
        record.describe(learner.name(), modelName, plan)
                .put("unet", job.fingerprint())
                .put(TrainingRecord.LEARNS, learner.method().description())
                .put(TrainingRecord.STEPS, plan.steps())
                .put("prediction", objective.prediction() + ", " + objective.weighting())
                .putAll(plan.run().recorded());
        Validation validation = learner.validation();
        if (!validation.prompts().isEmpty()) {
            job.preview().scheduler().sampler(validation.samplerSteps()); // fails now rather than after many steps
        }
        TrainingSession session = new TrainingSession(new Model(), trainer, plan, folder, record);
        return new TrainingLoop(plan.run(), folder, record).run(trainer, session, estimate, this::validate);
    }

    private void validate(int done) throws IOException {
        Validation validation = learner.validation();
        if (validation.prompts().isEmpty() || !validation.isDue(done, plan.steps())) {
            return;
        }
        Path drawn = Files.createDirectories(folder.path().resolve("validation"));
        StableDiffusion model = job.preview();
        for (int i = 0; i < validation.prompts().size(); i++) {
            String prompt = validation.prompts().get(i);
            Denoising run = model.generate(GenerationRequest.of(prompt)
                    .seed(plan.run().seed())
                    .steps(validation.samplerSteps())
                    .size(side, side)
                    .build());
            var image = Pictures.toImages(model.decode(run.finish())).get(0);
            String file = String.format(Locale.ROOT, "step-%06d-%d.png", done, i);
            PngFile.write(drawn.resolve(file), image, Map.of("parameters", prompt));
        }
    }

    /** The model that learns. */
    private final class Model implements TrainingSession.Loaded {

        @Override
        public StableDiffusion model() throws IOException {
            return job.preview();
        }

        @Override
        public Vae vae() {
            return job.vae();
        }

        @Override
        public Map<String, INDArray> parameters() {
            return job.model().parameters();
        }

        @Override
        public void write(Map<String, INDArray> result, Path output, Map<String, String> remarks) throws IOException {
            job.write(result, output, remarks);
        }
    }
}
