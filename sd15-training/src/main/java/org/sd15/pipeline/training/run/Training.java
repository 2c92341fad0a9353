package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sd15.attention.graph.LowRank;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.job.TrainingEstimate;
import org.sd15.pipeline.vae.VaeLoss;

/**
 * A whole training: what a model learns, from what, how, and where the result goes. It is a value; {@link #run} does it.
 *
 * <pre>
 * Training training = Training.lora(4)
 *         .data(Path.of("my-pictures"))
 *         .output(Path.of("my-lora.safetensors"))
 *         .steps(200)
 *         .build();
 * try (ModelFiles model = ModelFiles.open(Path.of("stable-diffusion-v1-5"))) {
 *     training.run(model);
 * }
 * </pre>
 *
 * <p>The same training has the same bits, whether it is run at once, or stopped and {@linkplain TrainingBuilder#resume
 * resumed}, from here or by the command line.
 */
public final class Training {

    private static final double USUAL_RATE = 1e-4;
    private static final double WHOLE_SUBJECT_RATE = 5e-6;

    private final Learner learner;
    private final TrainingPlan plan;

    Training(Learner learner, TrainingPlan plan) {
        this.learner = learner;
        this.plan = plan;
    }

    /**
     * A LoRA on the attentions of the UNet, diffusers' 128 layers.
     *
     * @param rank at least 1; alpha is the same
     */
    public static TrainingBuilder lora(int rank) {
        return lora(new Method.Lora(new LowRank(rank, rank), AdaptedLayers.ATTENTION, false));
    }

    /**
     * A LoRA.
     *
     * @param method rank, alpha, layers, and whether the text encoder has one too
     */
    public static TrainingBuilder lora(Method.Lora method) {
        return TrainingBuilder.denoising("lora", method, USUAL_RATE);
    }

    /** The UNet, all of it. */
    public static TrainingBuilder full() {
        return full(new Method.Full(name -> true, Method.TextPart.NOTHING));
    }

    /**
     * Weights of the UNet and of the text encoder.
     *
     * @param method which of the UNet, and what of the text encoder
     */
    public static TrainingBuilder full(Method.Full method) {
        return TrainingBuilder.denoising("full", method, USUAL_RATE);
    }

    /**
     * A new word for the thing that pictures show, of one vector. For a style give other {@linkplain
     * TrainingBuilder#captions captions}.
     *
     * @param token the word, such as {@code <cat-toy>}
     * @param initializer a word of one token to start from
     */
    public static TrainingBuilder textualInversion(String token, String initializer) {
        return textualInversion(new Method.Inversion(token, 1, initializer));
    }

    /** A new word; see {@link #textualInversion(String, String)}. */
    public static TrainingBuilder textualInversion(Method.Inversion method) {
        return TrainingBuilder.denoising("textual-inversion", method, USUAL_RATE)
                .captions(CaptionTemplates.OBJECT.of(method.token()));
    }

    /**
     * DreamBooth: the UNet, or a LoRA, learns one subject. Give {@linkplain TrainingBuilder#classPictures pictures of its
     * class} too, or that is forgotten.
     *
     * @param method a {@link Method.Full} or a {@link Method.Lora}
     * @param instancePrompt what the pictures show, such as {@code a photo of sks dog}
     */
    public static TrainingBuilder dreamBooth(Method method, String instancePrompt) {
        boolean whole = method instanceof Method.Full;
        return TrainingBuilder.denoising("dreambooth", method, whole ? WHOLE_SUBJECT_RATE : USUAL_RATE)
                .captions(List.of(instancePrompt));
    }

    /**
     * The autoencoder.
     *
     * @param loss the weights of differences between pictures, and of the latents' divergence from a normal distribution
     */
    public static TrainingBuilder vae(VaeLoss loss) {
        return TrainingBuilder.vae(loss, USUAL_RATE);
    }

    /**
     * What the training needs with a model. Nothing is loaded for it; the speed of the machine is measured.
     *
     * @param model where it starts
     * @return memory, and roughly the seconds of a step on this machine
     * @throws java.io.IOException if the model's configuration or the pictures can't be read
     * @throws IllegalArgumentException if it does not fit into the memory that it may take; the message says what would
     */
    public Estimate estimate(ModelFiles model) throws IOException {
        int side = plan.data().side(model);
        int accumulate = plan.settings().accumulate();
        TrainingEstimate.Plan asked = new TrainingEstimate.Plan(
                side,
                side,
                learner.pictures(plan.data().batch()),
                accumulate,
                plan.settings().ema() != null,
                learner.checkpointing());
        return Estimate.of(learner.estimate(model).require(asked, plan.run().memory()), accumulate);
    }

    /**
     * Trains, and writes what was learnt. What can be known before the first step is refused before it.
     *
     * @param model where it starts, without additions; it is not closed
     * @return whether all steps are done; if not, the run was {@linkplain TrainingBuilder#stopWhen stopped}, and nothing
     *     but its checkpoint is written
     * @throws EarlierRunException if an earlier run left checkpoints and neither resuming nor starting anew was asked
     *     for
     * @throws IllegalArgumentException if something does not go together or does not fit into the memory
     * @throws ArithmeticException if a loss is no number, and that is to end the run
     */
    public boolean run(ModelFiles model) throws IOException {
        Path output = plan.run().output();
        if (output != null) {
            learner.result().requireWritable(output);
        }
        Estimate estimate = estimate(model);
        plan.listener().note(estimate.toString());
        return learner.run(model, plan, estimate, plan.data().side(model));
    }
}
