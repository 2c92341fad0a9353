package org.sd15.pipeline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Execution;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.lora.Loras;
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
 * A Stable Diffusion 1.x model: draws pictures of prompts. The same request gives the picture that diffusers gives on a
 * CPU, up to rounding. Not safe for use by several threads at once.
 *
 * <pre>{@code
 * try (StableDiffusion model = StableDiffusion.load(Path.of("stable-diffusion-v1-5"))) {
 *     Denoising run = model.generate(GenerationRequest.of("a cat").seed(7).build());
 *     INDArray pictures = model.decode(run.finish()); // [1, 3, 512, 512], 0 to 1
 * }
 * }</pre>
 */
public final class StableDiffusion implements AutoCloseable {

    private final Components components;
    private final Loras loras;
    private ClipTokenizer tokenizer;

    /** A model of its parts. The model closes them. */
    public StableDiffusion(Components components) {
        this.components = components;
        this.loras = new Loras(components.unet(), components.textEncoder());
        this.tokenizer = components.tokenizer();
    }

    /**
     * Loads a diffusers folder, or a single-file checkpoint of Stable Diffusion 1.x. Weights in float32 are mapped, not
     * read.
     *
     * @throws IOException if a file can't be read
     * @throws org.sd15.importer.io.ImportException if something does not fit; the message names file, key or tensor
     */
    public static StableDiffusion load(Path path) throws IOException {
        return load(path, FusedExecution.orNative());
    }

    /**
     * Loads a model that is computed by a given execution; see {@link #load(Path)}, which takes fused where it runs.
     *
     * @throws IOException if a file can't be read
     * @throws org.sd15.importer.io.ImportException if something does not fit; the message names file, key or tensor
     */
    public static StableDiffusion load(Path path, Execution execution) throws IOException {
        ModelFiles files = ModelFiles.open(path, execution);
        try {
            return files.assemble();
        } catch (IOException | RuntimeException problem) {
            files.close();
            throw problem;
        }
    }

    /**
     * The parts of a model.
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
            List<? extends AutoCloseable> weights) {}

    /** Text to tokens; it knows the learnt words that were added. */
    public ClipTokenizer tokenizer() {
        return tokenizer;
    }

    /** The LoRAs that are merged into the UNet and the text encoder. */
    public Loras loras() {
        return loras;
    }

    /**
     * Adds a learnt word, which prompts may have from now on.
     *
     * @throws IllegalArgumentException if there is such a word already, or its vectors have another width
     */
    public void add(TextualInversion word) {
        ClipTokenizer larger = tokenizer.withWord(word.tokens(), textEncoder().vocabularySize());
        textEncoder().addTokens(word.vectors());
        tokenizer = larger;
    }

    /** Tokens to text states. */
    public ClipTextEncoder textEncoder() {
        return components.textEncoder();
    }

    /** Predicts noise. */
    public UNet unet() {
        return components.unet();
    }

    /** Pictures to latents and back. */
    public Vae vae() {
        return components.vae();
    }

    /** The scheduler that the model comes with. */
    public Scheduler scheduler() {
        return components.scheduler();
    }

    /**
     * Another scheduler over the noise schedule of this model.
     *
     * <p>The files of Stable Diffusion 1.x do not say how timesteps are spread, so every class does it in its own way.
     * Diffusers writes the way of the model's class into the files that it saves; that counts as not said here.
     *
     * @param name one of {@link Schedulers#names()}
     */
    public Scheduler scheduler(String name) {
        return Schedulers.byName(name, saidToOthers());
    }

    /** What the model's configuration says to other classes of schedulers than its own. */
    SchedulerConfig saidToOthers() {
        SchedulerConfig said = scheduler().config();
        boolean usual = scheduler() instanceof PndmScheduler && said.timestepSpacing() == TimestepSpacing.LEADING;
        return usual ? said.toBuilder().timestepSpacing(null).build() : said;
    }

    /** The side, in pixels, of the pictures that the model was trained for. */
    public int pictureSize() {
        return components.sampleSize() * vae().config().factor();
    }

    /**
     * Prepares a run; the steps are done as its iterator is asked for them.
     *
     * @throws IllegalArgumentException if a size is not a multiple of the autoencoder's factor, or arrays don't fit
     */
    public Denoising generate(GenerationRequest request) {
        return new RunFactory(this).generate(request);
    }

    /**
     * Prepares an edit: source and targets are drawn together, and the targets follow the source's attention. A given
     * picture is inverted at once.
     *
     * @throws IllegalArgumentException if a word is not in its prompt, or the prompts can't be aligned
     */
    public Editing edit(EditRequest request) {
        return new EditingFactory(this, request).create();
    }

    /**
     * Prepares an edit of one or several inverted pictures by LEDITS++.
     *
     * @throws IllegalArgumentException if the inversion has no noise maps
     */
    public LeditsEditing ledits(LeditsRequest request) {
        return new LeditsFactory(this, request).create();
    }

    /**
     * Turns a picture into noise, step by step: DDIM backwards, without guidance.
     *
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     * @param prompt what the picture shows
     * @param settings its steps count
     */
    public Inversion invert(INDArray picture, String prompt, RunSettings settings) {
        return new RunFactory(this).invert(picture, prompt, settings);
    }

    /**
     * Turns pictures into noise, to be edited any number of times.
     *
     * @param inverter how
     * @param pictures values from 0 to 1, {@code [pictures, 3, H, W]}
     * @param prompts what each picture shows
     * @param settings its steps and seeds count
     */
    public Inversion invert(Inverter inverter, INDArray pictures, List<String> prompts, RunSettings settings) {
        return new RunFactory(this).invert(inverter, pictures, prompts, settings);
    }

    /** The text states of prompts, {@code [prompts, tokens, width]}; what is too long is cut. */
    public INDArray encode(List<String> prompts, int clipSkip) {
        int[][] ids = prompts.stream()
                .map(prompt -> tokenizer().encode(prompt).padded())
                .toArray(int[][]::new);
        return textEncoder().encode(clipSkip, ids);
    }

    /**
     * Pictures from the latents of a run.
     *
     * @param latents {@code [pictures, 4, h, w]}
     * @return values from 0 to 1, {@code [pictures, 3, H, W]}
     */
    public INDArray decode(INDArray latents) {
        INDArray pictures = vae().decode(vae().unscale(latents)).muli(0.5).addi(0.5);
        return Transforms.max(Transforms.min(pictures, 1.0, false), 0.0, false);
    }

    /** Frees everything, weights included. */
    @Override
    public void close() throws Exception {
        textEncoder().close();
        unet().close();
        vae().close();
        for (AutoCloseable weights : components.weights()) {
            weights.close();
        }
    }
}
