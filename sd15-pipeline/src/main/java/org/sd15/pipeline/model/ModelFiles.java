package org.sd15.pipeline.model;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Weights;
import org.sd15.importer.ModelPart;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraTargets;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.lora.MergedWeights;
import org.sd15.pipeline.lora.ScaledLora;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/**
 * A model on disk: a diffusers folder, or a single-file checkpoint of Stable Diffusion 1.x. Each part is loaded when it
 * is asked for; weights of safetensors files are mapped, not read. Closing frees the weights of all parts.
 *
 * <p>All methods throw {@link org.sd15.importer.io.ImportException} if something is missing or does not fit; the
 * message names file, key or tensor.
 */
public final class ModelFiles implements Closeable {

    private final ModelParts parts;
    private final Execution execution;
    private final PartWeights weights;
    private final HandedOut handedOut = new HandedOut();
    private final Additions additions = new Additions();

    private ModelFiles(ModelParts parts, Execution execution) {
        this.parts = parts;
        this.execution = execution;
        this.weights = new PartWeights(parts);
    }

    /** Opens a folder or a file. Its models are fused where that runs, else native. */
    public static ModelFiles open(Path path) throws IOException {
        return open(path, FusedExecution.orNative());
    }

    /** Opens a folder or a file. All its models are computed by one execution. */
    public static ModelFiles open(Path path, Execution execution) throws IOException {
        return open(ModelSource.of(path), execution);
    }

    /** Opens a model with what is chosen of it. All its models are computed by one execution. */
    public static ModelFiles open(ModelSource source, Execution execution) throws IOException {
        return new ModelFiles(ModelParts.open(source), execution);
    }

    /**
     * Draws the weights of parts that have none, instead of refusing them: a model from its configuration alone, as
     * diffusers and transformers initialise it. Each part has a generator of its own.
     *
     * @param seed of each of them
     */
    public ModelFiles drawingMissingParts(long seed) {
        weights.drawMissingParts(seed);
        return this;
    }

    /**
     * Reads the weights of the parts that are loaded from now on into memory, instead of mapping them: loading takes
     * longer and all of the memory at once, but a file that is cut short or overwritten in place later does no harm. (A
     * mapped one kills the process then.) The results have the same bits.
     */
    public ModelFiles copyingWeights() {
        weights.copy();
        return this;
    }

    /** Whether a part has weights on the disk. */
    public boolean hasWeights(ModelPart part) throws IOException {
        return parts.hasWeights(part);
    }

    /**
     * Merges a LoRA into the parts that are loaded from now on.
     *
     * @param file in any format that {@link LoraFile} reads
     * @param scale 1 as it was trained, 0 not at all
     */
    public ModelFiles lora(Path file, double scale) throws IOException {
        additions.add(file, new ScaledLora(readLora(file), scale));
        return this;
    }

    /** Reads a LoRA for this model without merging it. */
    public LoraWeights readLora(Path file) throws IOException {
        LoraTargets targets = LoraTargets.of(parts.unet(), ClipTextEncoder.parameters(parts.text()));
        return LoraFile.read(file, targets);
    }

    /** Whether a LoRA or a learnt word was added. */
    public boolean hasAdditions() {
        return !additions.isEmpty();
    }

    /**
     * Adds a learnt word to the tokenizers and text encoders that are loaded from now on.
     *
     * @param file in any format that {@link EmbeddingFile} reads
     */
    public ModelFiles embedding(Path file) throws IOException {
        additions.add(file, EmbeddingFile.read(file), parts.text().hiddenSize());
        return this;
    }

    /** The text encoder. */
    public ClipTextEncoder textEncoder() throws IOException {
        ClipTextEncoder encoder = plainTextEncoder();
        MergedWeights.of(encoder).set(additions.loras().values());
        return encoder;
    }

    /** The UNet. */
    public UNet unet() throws IOException {
        UNet unet = plainUnet();
        MergedWeights.of(unet).set(additions.loras().values());
        return unet;
    }

    /**
     * The text encoder for training, without what was added to the model.
     *
     * @param adapters low-rank additions, whose parameters the changed weights have too
     * @param change puts other weights in the place of some
     */
    public ClipTextEncoder textEncoder(Adapters adapters, UnaryOperator<Weights> change) throws IOException {
        ClipTextConfig config = parts.text();
        var encoder = new ClipTextEncoder(config, change.apply(weights.ofText()), DataType.FLOAT, adapters, execution);
        handedOut.add(encoder.access());
        return encoder;
    }

    /** The UNet for training; see {@link #textEncoder(Adapters, UnaryOperator)}. */
    public UNet unet(Adapters adapters, UnaryOperator<Weights> change) throws IOException {
        UNetConfig config = parts.unet();
        Weights loaded = weights.of(ModelPart.UNET, UNet.parameters(config));
        UNet unet = new UNet(config, change.apply(loaded), DataType.FLOAT, adapters, execution);
        handedOut.add(unet.access());
        return unet;
    }

    /** How its models are computed. */
    public Execution execution() {
        return execution;
    }

    /** The configuration of the UNet. */
    public UNetConfig unetConfig() throws IOException {
        return parts.unet();
    }

    /** The configuration of the text encoder. */
    public ClipTextConfig textConfig() throws IOException {
        return parts.text();
    }

    /** The configuration of the autoencoder. */
    public VaeConfig vaeConfig() throws IOException {
        return parts.vae();
    }

    /** The side of the latents that the model was trained for. */
    public int sampleSize() throws IOException {
        return parts.sampleSize();
    }

    /** The diffusers folder; nothing for a single file, and for a folder of which something is replaced. */
    public Optional<Path> folder() {
        return parts.folder();
    }

    private ClipTextEncoder plainTextEncoder() throws IOException {
        ClipTextEncoder encoder = textEncoder(Adapters.NONE, loaded -> loaded);
        additions.addTokensTo(encoder);
        return encoder;
    }

    private UNet plainUnet() throws IOException {
        return unet(Adapters.NONE, loaded -> loaded);
    }

    /** The autoencoder. */
    public Vae vae() throws IOException {
        return vae(weights -> weights);
    }

    /** The autoencoder for training; see {@link #textEncoder(Adapters, UnaryOperator)}. */
    public Vae vae(UnaryOperator<Weights> change) throws IOException {
        VaeConfig config = parts.vae();
        Weights loaded = weights.of(ModelPart.VAE, Vae.parameters(config));
        Vae vae = new Vae(config, change.apply(loaded), DataType.FLOAT, execution);
        handedOut.add(vae.access());
        return vae;
    }

    /** The tokenizer. */
    public ClipTokenizer tokenizer() throws IOException {
        ClipTextConfig config = parts.text();
        ClipTokenizer tokenizer = parts.tokenizer(config.maxPositionEmbeddings());
        Additions.requireRows(parts.tokenizerFolder(), tokenizer.largestAddedId(), config.vocabSize());
        return additions.addWordsTo(tokenizer, config.vocabSize());
    }

    /** The scheduler that the model comes with; PNDM with Stable Diffusion 1.x's settings for a single file. */
    public Scheduler scheduler() throws IOException {
        return parts.scheduler();
    }

    /** All parts, with the learnt words but without the LoRAs that were added. Closing their weights closes this. */
    public Components components() throws IOException {
        return new Components(
                tokenizer(), plainTextEncoder(), plainUnet(), vae(), scheduler(), parts.sampleSize(), List.of(this));
    }

    /** The LoRAs that were added, by name. */
    public Map<String, ScaledLora> loras() {
        return additions.loras();
    }

    /**
     * Frees the weights; its parts can't be used any more.
     *
     * @throws IllegalStateException if another thread is using one of them; then nothing is freed
     */
    @Override
    public void close() throws IOException {
        handedOut.free(weights);
    }
}
