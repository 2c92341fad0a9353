package org.sd15.pipeline.training.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.unet.Checkpointing;

/**
 * Builds a {@link Training}. What is not set is as in diffusers' scripts: 1000 steps of one picture, AdamW at 1e-4 (5e-6 where
 * the whole UNet learns one subject), gradients clipped to 1, seed 42. An autoencoder refuses captions, noise and LoRAs.
 */
public final class TrainingBuilder {

    private static final int USUAL_STEPS = 1000;
    private static final long USUAL_SEED = 42;

    private final @Nullable DenoisingOptions denoising;
    private final VaeLoss vaeLoss;
    private final Map<String, String> recorded = new LinkedHashMap<>();
    private TrainingSettings settings;
    private @Nullable TrainingData data;
    private @Nullable Path output;
    private @Nullable Path folder;
    private @Nullable String modelName;
    private @Nullable Map<String, String> same;
    private long seed = USUAL_SEED;
    private CheckpointSchedule checkpoints = CheckpointSchedule.NONE;
    private RunPlan.Start start = RunPlan.Start.NEW;
    private double memory = MachineMemory.bytes();
    private BooleanSupplier stop = () -> false;
    private TrainingListener listener = TrainingListener.NONE;

    private TrainingBuilder(@Nullable DenoisingOptions denoising, VaeLoss vaeLoss, double usualRate) {
        this.denoising = denoising;
        this.vaeLoss = vaeLoss;
        this.settings = TrainingSettings.of(LearningRate.constant(usualRate, USUAL_STEPS));
    }

    static TrainingBuilder denoising(String name, Method method, double usualRate) {
        return new TrainingBuilder(new DenoisingOptions(name, method), VaeLoss.USUAL, usualRate);
    }

    static TrainingBuilder vae(VaeLoss loss, double usualRate) {
        return new TrainingBuilder(null, loss, usualRate);
    }

    /** Learns from a folder of pictures, one at a time; with captions, unless {@link #captions} says what they show. */
    public TrainingBuilder data(Path pictures) {
        return data(TrainingPictures.in(pictures));
    }

    /** Learns from {@link TrainingPictures} of a folder, or from a {@link BatchStream} of user-defined batches. */
    public TrainingBuilder data(TrainingData source) {
        this.data = source;
        return this;
    }

    /** What is written when all steps are done: a file for a LoRA or a word, a diffusers folder for anything else. */
    public TrainingBuilder output(Path path) {
        this.output = path;
        return this;
    }

    /** The folder for log, checkpoints and caches, in the place of the one beside the output, {@code OUTPUT.training}. */
    public TrainingBuilder folder(Path path) {
        this.folder = path;
        return this;
    }

    /** The number of updates of the weights, at least 1; with accumulation each takes several batches. */
    public TrainingBuilder steps(int steps) {
        return settings(now -> now.withLearningRate(now.learningRate().withTotal(steps)));
    }

    /** The highest learning rate: that after the warm-up and before the decay. */
    public TrainingBuilder learningRate(double peak) {
        return settings(now -> now.withLearningRate(now.learningRate().withPeak(peak)));
    }

    /** Changes how it steps: optimizer, accumulation, average of the weights and so on. */
    public TrainingBuilder settings(UnaryOperator<TrainingSettings> change) {
        this.settings = change.apply(settings);
        return this;
    }

    /** The seed of everything random: order, crops, noise, timesteps, initial weights. */
    public TrainingBuilder seed(long number) {
        this.seed = number;
        return this;
    }

    /** When checkpoints are written. */
    public TrainingBuilder checkpoints(CheckpointSchedule schedule) {
        this.checkpoints = schedule;
        return this;
    }

    /** Resumes from the last checkpoint, if there is one. Only the number of steps may have changed. */
    public TrainingBuilder resume() {
        this.start = RunPlan.Start.RESUMED;
        return this;
    }

    /** Moves aside what an earlier run left in the folder; nothing of it is deleted. */
    public TrainingBuilder startAnew() {
        this.start = RunPlan.Start.ANEW;
        return this;
    }

    /** Ends the run between two steps, with a checkpoint, as soon as this is true. */
    public TrainingBuilder stopWhen(BooleanSupplier asked) {
        this.stop = asked;
        return this;
    }

    /** A limit of memory, all of the machine's unless set: what needs more bytes, by the estimate, is refused. */
    public TrainingBuilder memory(double bytes) {
        this.memory = bytes;
        return this;
    }

    /** Called with each step, remark and picture. */
    public TrainingBuilder listener(TrainingListener told) {
        this.listener = told;
        return this;
    }

    /** What the model is called in the record, in the place of its folder's name. */
    public TrainingBuilder modelName(String called) {
        this.modelName = called;
        return this;
    }

    /** Adds to the record of the run, which is written with its result; has to be the same when it is resumed. */
    public TrainingBuilder recorded(String key, String value) {
        recorded.put(key, value);
        return this;
    }

    /** Adds to the record; when a run is resumed, this has to be the same, in the place of all that decides its steps. */
    public TrainingBuilder sameOnResume(Map<String, String> entries) {
        recorded.putAll(entries);
        this.same = Map.copyOf(entries);
        return this;
    }

    /** What all pictures show; of several captions one is drawn each time. With an empty list each picture has its own. */
    public TrainingBuilder captions(List<String> texts) {
        return denoising("captions", options -> options.captions(texts));
    }

    /** The weight of each time step in the loss. */
    public TrainingBuilder weighting(LossWeighting weights) {
        return denoising("weights of time steps", options -> options.weighting(weights));
    }

    /** What the forward pass of the UNet keeps for the backward pass: less memory for more time. */
    public TrainingBuilder gradientCheckpointing(Checkpointing kept) {
        return denoising("gradient checkpointing", options -> options.checkpointing(kept));
    }

    /** A LoRA to start from, rather than from nothing. */
    public TrainingBuilder startingFrom(Path lora) {
        return denoising("a LoRA to start from", options -> options.startLora(lora));
    }

    /** Pictures of the class of a subject, as many a batch as of the subject: prior preservation. */
    public TrainingBuilder classPictures(ClassPictures pictures) {
        return denoising("pictures of a class", options -> options.prior(pictures));
    }

    /** Validation pictures, drawn during the run. */
    public TrainingBuilder validation(Validation drawn) {
        return denoising("validation pictures", options -> options.validation(drawn));
    }

    /** The probability, 0 to 1, that a caption is replaced by an empty one, for classifier-free guidance. */
    public TrainingBuilder captionDropout(double part) {
        return denoising("captions", options -> options.captionDropout(part));
    }

    /** Standard deviations of noise that all pixels of a channel share, and of noise that only the input has; 0 for none. */
    public TrainingBuilder noise(double offset, double perturbation) {
        return denoising("noise", options -> options.noise(offset, perturbation));
    }

    /** The folder for encoded pictures and texts, in the place of {@code cache} in the run's folder. */
    public TrainingBuilder cache(Path path) {
        return denoising("a cache", options -> options.cache(path));
    }

    /** Has gradients computed elsewhere, by a model with the same parameters; see {@link TrainedModel#gradients}. */
    public TrainingBuilder gradients(UnaryOperator<TrainedModel> elsewhere) {
        return denoising("gradients", options -> options.gradients(elsewhere));
    }

    private TrainingBuilder denoising(String what, Consumer<DenoisingOptions> change) {
        if (denoising == null) {
            throw new IllegalArgumentException(
                    "the autoencoder learns pictures alone: %s can't be given to its training".formatted(what));
        }
        change.accept(denoising);
        return this;
    }

    /** What a training of this kind leaves. */
    public ResultKind result() {
        return learner().result();
    }

    private Learner learner() {
        return denoising == null ? new VaeLearner(vaeLoss) : denoising.learner();
    }

    /** The training; an {@link IllegalArgumentException}, if something is missing or does not go together. */
    public Training build() {
        if (data == null) {
            throw new IllegalArgumentException("nothing to train on: give data");
        }
        if (output == null && folder == null) {
            throw new IllegalArgumentException("give an output, or a folder for the run at least");
        }
        Learner learner = learner();
        learner.requireLearnsFrom(data);
        RunPlan run = new RunPlan(
                output,
                folder,
                seed,
                checkpoints,
                start,
                memory,
                modelName,
                Map.copyOf(recorded),
                same,
                stop,
                listener);
        return new Training(learner, new TrainingPlan(data, settings, run));
    }
}
