package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.data.NoiseSettings;
import org.sd15.pipeline.training.data.PictureBatches;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingEstimate;
import org.sd15.pipeline.training.job.TrainingJob;
import org.sd15.unet.Checkpointing;

/**
 * UNet and text encoder, or additions to them, or a new word.
 *
 * @param name what the training is called
 * @param method which parts learn
 * @param captions what all pictures show, or null if each has its own
 * @param weighting how much each time step counts
 * @param checkpointing what a pass keeps for its backward pass
 * @param startLora a LoRA to start from
 * @param prior the class of a subject
 * @param validation pictures that are drawn meanwhile
 * @param captionDropout part of the captions that is left empty
 * @param offsetNoise how much noise a whole channel shares
 * @param inputPerturbation how much further noise the model is given but not asked for
 * @param cache of encoded pictures and texts, or null for one in the run's folder
 * @param gradients of the model that learns, one with the same parameters whose gradients may be computed elsewhere
 */
record DenoisingLearner(
        String name,
        Method method,
        @Nullable List<String> captions,
        LossWeighting weighting,
        Checkpointing checkpointing,
        @Nullable Path startLora,
        @Nullable ClassPictures prior,
        Validation validation,
        double captionDropout,
        double offsetNoise,
        double inputPerturbation,
        @Nullable Path cache,
        UnaryOperator<TrainedModel> gradients)
        implements Learner {

    @Override
    public ResultKind result() {
        return method instanceof Method.Full ? ResultKind.FOLDER : ResultKind.FILE;
    }

    @Override
    public void requireLearnsFrom(TrainingData data) {
        if (data instanceof PictureStream) {
            throw new IllegalArgumentException(
                    "only the autoencoder learns from pictures without captions: give a BatchStream");
        }
        if (data instanceof ReplayFile replay && method.trainsTextEncoder()) {
            throw new IllegalArgumentException(
                    replay.path() + " has text states: the text encoder can't learn from them");
        }
        if (prior != null && !(data instanceof TrainingPictures)) {
            throw new IllegalArgumentException(
                    "pictures of a class are for pictures of a subject; other batches have their own");
        }
    }

    @Override
    public TrainingEstimate estimate(ModelFiles model) throws IOException {
        if (model.hasAdditions()) {
            throw new IllegalArgumentException(
                    "a training starts from a model without additions; for a LoRA to go on from, use startingFrom(file)");
        }
        return TrainingEstimate.of(model, method);
    }

    @Override
    public int pictures(int batch) {
        return prior == null ? batch : 2 * batch;
    }

    @Override
    public boolean run(ModelFiles model, TrainingPlan plan, Estimate estimate, int side) throws IOException {
        try (RunFolder folder = plan.run().open();
                TrainingJob job = new TrainingJob(model, method, plan.run().seed(), checkpointing)) {
            if (startLora != null) {
                startFrom(job, startLora, model.readLora(startLora));
            }
            return new DenoisingRun(this, plan, job, folder, estimate, side)
                    .run(plan.run().nameOf(model));
        }
    }

    private static void startFrom(TrainingJob job, Path file, LoraWeights lora) {
        try {
            job.startFrom(lora);
        } catch (IllegalArgumentException unfit) {
            throw new IllegalArgumentException("%s: %s".formatted(file, unfit.getMessage()), unfit);
        }
    }

    /** How batches of pictures are made. */
    PictureBatches.Settings batches(int batch, int timesteps) {
        return new PictureBatches.Settings(
                batch, captionDropout, new NoiseSettings(offsetNoise, inputPerturbation, timesteps));
    }

    Path cacheIn(Path folder) {
        return cache == null ? folder.resolve("cache") : cache;
    }
}
