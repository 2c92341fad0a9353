package org.sd15.pipeline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Execution;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.ledits.LeditsEditing;
import org.sd15.pipeline.edit.ledits.LeditsRequest;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.Editing;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.lora.Loras;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.model.ModelHandle;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.UNet;

/**
 * A Stable Diffusion 1.x model: draws pictures of prompts. The same request gives the picture that diffusers gives on a
 * CPU, up to rounding.
 *
 * <pre>{@code
 * try (StableDiffusion model = StableDiffusion.load(Path.of("stable-diffusion-v1-5"))) {
 *     Denoising run = GenerationRequest.of("a cat").seed(7).build().on(model);
 *     INDArray pictures = model.decode(run.finish()); // [1, 3, 512, 512], 0 to 1
 * }
 * }</pre>
 *
 * <p>Each of its parts is for one thread at a time: one that comes while another is inside, or after {@link #close}, gets
 * an {@link IllegalStateException}. Give each thread a handle of its own by {@link #share}.
 */
public final class StableDiffusion implements DiffusionModel, AutoCloseable {

    private final ModelHandle handle;
    private final Loras loras;

    /**
     * A model of parts in memory.
     *
     * @param components are closed with the last handle on the model
     */
    public StableDiffusion(Components components) {
        this.handle = new ModelHandle(components);
        this.loras = new Loras(components.unet(), components.textEncoder());
    }

    private StableDiffusion(StableDiffusion other) {
        this.handle = other.handle.share();
        this.loras = other.loras.share(unet(), textEncoder());
    }

    /**
     * Another handle on the model, for another thread. It has the same weights, once in memory, with the LoRAs and learnt
     * words that this one has now, and draws the same bits; what is added to or taken from one of both afterwards stays its
     * own. Each handle is closed for itself; the weights are freed with the last one. Threads that draw at the same time
     * share the cores best if each limits itself, see {@link org.sd15.attention.machine.Lanes#limit}.
     *
     * @throws IllegalStateException if another thread is inside one of the parts
     */
    public StableDiffusion share() {
        return handle.alone(() -> new StableDiffusion(this));
    }

    /**
     * Loads a diffusers folder, or a single-file checkpoint of Stable Diffusion 1.x. Weights of safetensors files are
     * mapped, not read; those in half precision are widened where they are computed with.
     *
     * @throws IOException if a file can't be read
     * @throws org.sd15.importer.io.ImportException if something does not fit; the message names file, key or tensor
     */
    public static StableDiffusion load(Path path) throws IOException {
        return load(path, FusedExecution.orNative());
    }

    /** Like {@link #load(Path)}, which takes the fused execution where it runs, with another execution. */
    public static StableDiffusion load(Path path, Execution execution) throws IOException {
        ModelFiles files = ModelFiles.open(path, execution);
        try {
            return of(files);
        } catch (IOException | RuntimeException problem) {
            files.close();
            throw problem;
        }
    }

    /**
     * A model of files, with the LoRAs and learnt words that were added to them. Closing it closes the files.
     *
     * @param files belong to the model if this succeeds, and stay the caller's if it fails
     * @throws IOException if a file can't be read
     * @throws org.sd15.importer.io.ImportException if something does not fit; the message names file, key or tensor
     */
    public static StableDiffusion of(ModelFiles files) throws IOException {
        StableDiffusion model = new StableDiffusion(files.components());
        files.loras().forEach((name, lora) -> model.loras().add(name, lora.weights(), lora.scale()));
        return model;
    }

    @Override
    public Components components() {
        return handle.components();
    }

    /** Text to tokens, the learnt words that were added included. */
    public ClipTokenizer tokenizer() {
        return components().tokenizer();
    }

    /** The LoRAs that are merged into the UNet and the text encoder. */
    public Loras loras() {
        return loras;
    }

    /**
     * Adds a word of textual inversion, which prompts may have from now on.
     *
     * @param word its vectors are {@code [tokens, width]}
     * @throws IllegalArgumentException if the vocabulary has the word, or the text encoder another width
     * @throws IllegalStateException if another thread is inside the text encoder
     */
    public void add(TextualInversion word) {
        textEncoder().access().run(() -> {
            ClipTokenizer larger =
                    tokenizer().withWord(word.tokens(), textEncoder().vocabularySize());
            textEncoder().addTokens(word.vectors());
            handle.tokenizer(larger);
        });
    }

    /** Tokens to text states, {@code [texts, tokens, width]}. */
    public ClipTextEncoder textEncoder() {
        return components().textEncoder();
    }

    /** Predicts the noise of latents, {@code [rows, 4, h, w]}. */
    public UNet unet() {
        return components().unet();
    }

    /** Pictures to latents and back. */
    public Vae vae() {
        return components().vae();
    }

    /** The scheduler that the model comes with. */
    public Scheduler scheduler() {
        return components().scheduler();
    }

    /**
     * Another scheduler over the noise schedule of this model; see {@link Components#scheduler(String)}.
     *
     * @param name one of {@link Schedulers#names()}, or what other programs call it
     * @throws IllegalArgumentException if it is not known; the message lists those that are
     */
    public Scheduler scheduler(String name) {
        return components().scheduler(name);
    }

    /** The side, in pixels, of the pictures that the model was trained for. */
    public int pictureSize() {
        return components().pictureSize();
    }

    /** Prepares a run; see {@link GenerationRequest#on}. */
    public Denoising generate(GenerationRequest request) {
        return request.on(this);
    }

    /** Prepares an edit by prompt-to-prompt; see {@link EditRequest#on}. */
    public Editing edit(EditRequest request) {
        return request.on(this);
    }

    /** Prepares an edit of inverted pictures by LEDITS++; see {@link LeditsRequest#on}. */
    public LeditsEditing ledits(LeditsRequest request) {
        return request.on(this);
    }

    /**
     * Turns a picture into noise, step by step: DDIM backwards, without guidance.
     *
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     * @param prompt what it shows
     * @param settings steps and clip skip are read
     */
    public Inversion invert(INDArray picture, String prompt, RunSettings settings) {
        return InversionRequest.of(picture, prompt).sampling(set -> settings).on(this);
    }

    /**
     * Turns pictures into noise, to be edited any number of times.
     *
     * @param inverter how
     * @param pictures values from 0 to 1, {@code [pictures, 3, H, W]}
     * @param prompts what each picture shows
     * @param settings steps, seeds and clip skip are read; guidance, where the inverter has none of its own
     */
    public Inversion invert(Inverter inverter, INDArray pictures, List<String> prompts, RunSettings settings) {
        return new InversionRequest(inverter, pictures, prompts, settings).on(this);
    }

    /**
     * The text states of prompts.
     *
     * @param prompts plain text; what is longer than the text encoder takes, 77 tokens in Stable Diffusion 1.x, is cut
     * @param clipSkip layers of the text encoder that are left out at the end
     * @return {@code [prompts, tokens, width]}
     */
    public INDArray encode(List<String> prompts, int clipSkip) {
        return components().encode(prompts, clipSkip);
    }

    /**
     * Pictures from the latents of a run.
     *
     * @param latents {@code [pictures, 4, h, w]}
     * @return values from 0 to 1, {@code [pictures, 3, H, W]}, eight times as high and wide in Stable Diffusion 1.x
     */
    public INDArray decode(INDArray latents) {
        return components().decode(latents);
    }

    /**
     * Frees what is this handle's own, and the weights with the last handle.
     *
     * @throws IllegalStateException if another thread is inside one of the parts; then nothing is freed
     * @throws java.io.UncheckedIOException if a file of weights can't be closed; everything else is freed then
     */
    @Override
    public void close() {
        handle.close();
    }
}
