package org.sd15.pipeline.model;

import java.io.Closeable;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.pipeline.schedule.PndmScheduler;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.SchedulerConfig;
import org.sd15.pipeline.schedule.SchedulerConfig.TimestepSpacing;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.UNet;

/**
 * The parts of a model, which all runs are built from.
 *
 * @param tokenizer text to tokens
 * @param textEncoder tokens to text states
 * @param unet predicts noise
 * @param vae pictures to latents and back
 * @param scheduler the scheduler that the model comes with
 * @param sampleSize side of the latents that the model was trained for: 64 in Stable Diffusion 1.5
 * @param weights what holds the weights, closed last
 */
public record Components(
        ClipTokenizer tokenizer,
        ClipTextEncoder textEncoder,
        UNet unet,
        Vae vae,
        Scheduler scheduler,
        int sampleSize,
        List<? extends Closeable> weights)
        implements DiffusionModel {

    /** Copies the list. */
    public Components {
        weights = List.copyOf(weights);
    }

    @Override
    public Components components() {
        return this;
    }

    /** These parts with another tokenizer. */
    Components tokenizer(ClipTokenizer other) {
        return new Components(other, textEncoder, unet, vae, scheduler, sampleSize, weights);
    }

    /** The parts of another handle on the same weights. */
    Components share() {
        return new Components(
                tokenizer, textEncoder.share(), unet.share(), vae.share(), scheduler, sampleSize, weights);
    }

    /**
     * Another scheduler over the noise schedule of this model.
     *
     * <p>The files of Stable Diffusion 1.x do not say how timesteps are spread, so every class has its own default.
     * Diffusers writes the default of the model's class into the files that it saves; that counts as unset here.
     *
     * @param name one of {@link Schedulers#names()}
     */
    public Scheduler scheduler(String name) {
        return Schedulers.byName(name, schedulerConfig());
    }

    /** What the model's configuration says to other classes of schedulers than its own. */
    public SchedulerConfig schedulerConfig() {
        SchedulerConfig said = scheduler.config();
        boolean usual = scheduler instanceof PndmScheduler && said.timestepSpacing() == TimestepSpacing.LEADING;
        return usual ? said.toBuilder().timestepSpacing(null).build() : said;
    }

    /** The side, in pixels, of the pictures that the model was trained for. */
    public int pictureSize() {
        return sampleSize * vae.config().factor();
    }

    /** The text states of prompts, {@code [prompts, tokens, width]}; what is too long is cut. */
    public INDArray encode(List<String> prompts, int clipSkip) {
        int[][] ids = prompts.stream()
                .map(prompt -> tokenizer.encode(prompt).padded())
                .toArray(int[][]::new);
        return textEncoder.encode(clipSkip, ids);
    }

    /**
     * The most probable latents of pictures, scaled as the UNet sees them.
     *
     * @param pictures values from 0 to 1, {@code [pictures, 3, H, W]}
     * @return {@code [pictures, 4, h, w]}
     */
    public INDArray latents(INDArray pictures) {
        return vae.scale(vae.encodePictures(pictures).mode());
    }

    /**
     * Pictures from the latents of a run.
     *
     * @param latents {@code [pictures, 4, h, w]}
     * @return values from 0 to 1, {@code [pictures, 3, H, W]}
     */
    public INDArray decode(INDArray latents) {
        INDArray pictures = vae.decode(vae.unscale(latents)).muli(0.5).addi(0.5);
        return Transforms.max(Transforms.min(pictures, 1.0, false), 0.0, false);
    }
}
