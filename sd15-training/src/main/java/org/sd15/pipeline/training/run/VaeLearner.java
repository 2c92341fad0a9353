package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.PictureSource;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.data.CaptionedPicture;
import org.sd15.pipeline.training.data.FolderPictures;
import org.sd15.pipeline.training.data.PreparedPictures;
import org.sd15.pipeline.training.job.TrainingEstimate;
import org.sd15.pipeline.training.job.VaeJob;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.unet.Checkpointing;

/**
 * The autoencoder, all of it.
 *
 * @param loss what it learns to do
 */
record VaeLearner(VaeLoss loss) implements Learner {

    @Override
    public String name() {
        return "vae";
    }

    @Override
    public ResultKind result() {
        return ResultKind.FOLDER;
    }

    @Override
    public void requireLearnsFrom(TrainingData data) {
        if (!(data instanceof TrainingPictures || data instanceof PictureStream)) {
            throw new IllegalArgumentException(
                    "the autoencoder learns from pictures, not from batches of latents: " + data);
        }
    }

    @Override
    public TrainingEstimate estimate(ModelFiles model) throws IOException {
        return TrainingEstimate.ofVae(model);
    }

    @Override
    public int pictures(int batch) {
        return batch;
    }

    @Override
    public Checkpointing checkpointing() {
        return Checkpointing.NONE;
    }

    @Override
    public boolean run(ModelFiles model, TrainingPlan plan, Estimate estimate, int side) throws IOException {
        TrainingRecord record = new TrainingRecord();
        PictureSource source = plan.data() instanceof TrainingPictures pictures
                ? source(pictures, plan, side, record)
                : ((PictureStream) plan.data()).source();
        try (RunFolder folder = plan.run().open();
                VaeJob job = new VaeJob(model, loss, source, plan.run().seed())) {
            Trainer trainer = new Trainer(job.passes(), plan.settings());
            record.describe(name(), plan.run().nameOf(model), plan)
                    .put(TrainingRecord.STEPS, plan.steps())
                    .put(TrainingRecord.LEARNS, loss)
                    .putAll(plan.run().recorded());
            TrainingSession session = new TrainingSession(new Autoencoder(job), trainer, plan, folder, record);
            return new TrainingLoop(plan.run(), folder, record).run(trainer, session, estimate, done -> {});
        }
    }

    private static PictureSource source(TrainingPictures pictures, TrainingPlan plan, int side, TrainingRecord record)
            throws IOException {
        PictureOpening opening = PreparedPictures::opened;
        PreparedPictures opened = opening.open("opening", pictures.read(List.of("")), pictures.bad(), plan.listener());
        record.put(TrainingRecord.DATA, opened.digest());
        record.put(TrainingRecord.PICTURES, pictures.transform(side));
        List<Path> paths =
                opened.pictures().stream().map(CaptionedPicture::file).toList();
        return new FolderPictures(
                paths, pictures.transform(side), pictures.batch(), plan.run().seed());
    }

    /** The autoencoder that learns. */
    private record Autoencoder(VaeJob job) implements TrainingSession.Loaded {

        @Override
        public StableDiffusion model() {
            throw new UnsupportedOperationException("only the autoencoder is loaded while it learns: it draws nothing");
        }

        @Override
        public Vae vae() {
            return job.vae();
        }

        @Override
        public Map<String, INDArray> parameters() {
            return job.passes().parameters();
        }

        @Override
        public void write(Map<String, INDArray> result, Path output, Map<String, String> record) throws IOException {
            job.write(result, output, record);
        }
    }
}
