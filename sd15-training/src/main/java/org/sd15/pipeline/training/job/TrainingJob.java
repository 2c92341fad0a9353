package org.sd15.pipeline.training.job;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.LowRank;
import org.sd15.importer.ModelPart;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.lora.LoraLayer;
import org.sd15.importer.lora.LoraModule;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Fingerprint;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.training.JointTraining;
import org.sd15.pipeline.training.JointTraining.NewTokens;
import org.sd15.pipeline.training.LossWeighting;
import org.sd15.pipeline.training.Objective;
import org.sd15.pipeline.training.TrainedModel;
import org.sd15.pipeline.training.UNetTraining;
import org.sd15.pipeline.training.data.Captions;
import org.sd15.pipeline.training.data.TextStateCache;
import org.sd15.pipeline.training.data.TokenizedCaptions;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.UNet;

/**
 * A model of which some parts learn by a method. Frozen weights stay in their files; pictures can be drawn at any time
 * with the weights as they are.
 */
public final class TrainingJob implements AutoCloseable {

    private final ModelFiles files;
    private final Method method;
    private final UNet unet;
    private final ClipTextEncoder encoder;
    private final Vae vae;
    private final Scheduler scheduler;
    private final ClipTokenizer tokenizer;
    private final TrainedModel model;

    /**
     * Loads the parts of a model for a method.
     *
     * @param files the model; the job doesn't close it
     * @param seed of what low-rank additions start from
     * @throws IllegalArgumentException if the word that a new word starts from is not one token, or a single file is to be
     *     trained in full
     */
    public TrainingJob(ModelFiles files, Method method, long seed) throws IOException {
        this(files, method, seed, Checkpointing.NONE);
    }

    /**
     * Loads the parts of a model for a method, with or without checkpointing in the UNet; see
     * {@link #TrainingJob(ModelFiles, Method, long)}.
     */
    public TrainingJob(ModelFiles files, Method method, long seed, Checkpointing checkpointing) throws IOException {
        if (method instanceof Method.Full && files.folder().isEmpty()) {
            throw new IllegalArgumentException(
                    "a single-file checkpoint can't be trained in full, nor a folder of which something is replaced:"
                            + " another tokenizer, VAE, text encoder or prediction type; convert it to a diffusers folder"
                            + " first");
        }
        requireWeights(files, method);
        this.files = files;
        this.method = method;
        Learning learning = new Learning(method);
        TorchRandom random = new TorchRandom(seed);
        this.unet = files.unet(learning.unetAdapters(), learning.own(learning.inUNet(), random));
        this.encoder = files.textEncoder(learning.textAdapters(), learning.own(learning.inTextEncoder(), random));
        this.vae = files.vae();
        this.scheduler = files.scheduler();
        if (method instanceof Method.Inversion word) {
            ClipTokenizer plain = files.tokenizer();
            NewTokens tokens = newTokens(word, plain, encoder);
            this.tokenizer =
                    plain.withWord(new TextualInversion(word.token(), tokens.vectors()).tokens(), tokens.first());
            this.model = joint(learning, tokens, checkpointing);
        } else {
            this.tokenizer = files.tokenizer();
            this.model = method.trainsTextEncoder()
                    ? joint(learning, null, checkpointing)
                    : new UNetTraining(unet, learning.inUNet(), checkpointing);
        }
    }

    /**
     * Makes sure that the parts that do not learn have learnt before. Loading them does so too.
     *
     * @throws MissingWeightsException if one has no weights; the message says which, and what to do
     */
    public static void requireWeights(ModelFiles files, Method method) throws IOException {
        boolean full = method instanceof Method.Full;
        boolean text = method instanceof Method.Full some && some.text() == Method.TextPart.EVERYTHING;
        requireWeights(files, ModelPart.VAE, false);
        requireWeights(files, ModelPart.TEXT_ENCODER, text);
        requireWeights(files, ModelPart.UNET, full);
    }

    private static void requireWeights(ModelFiles files, ModelPart part, boolean learns) throws IOException {
        if (!learns && !files.hasWeights(part)) {
            throw new MissingWeightsException(files.folder().orElseThrow(), part);
        }
    }

    private JointTraining joint(Learning learning, @Nullable NewTokens tokens, Checkpointing checkpointing) {
        return new JointTraining(unet, learning.inUNet(), encoder, learning.inTextEncoder(), tokens, checkpointing);
    }

    private static NewTokens newTokens(Method.Inversion word, ClipTokenizer tokenizer, ClipTextEncoder encoder) {
        List<Integer> ids = tokenizer.encode(word.initializer()).ids();
        if (ids.size() != 3) {
            throw new IllegalArgumentException(
                    "\"%s\" is %d tokens; a new word must start from a word of one token, such as \"object\" or \"style\""
                            .formatted(word.initializer(), ids.size() - 2));
        }
        INDArray start = encoder.tokenEmbedding(ids.get(1));
        INDArray vectors = Nd4j.create(start.dataType(), word.vectors(), start.length());
        for (int i = 0; i < word.vectors(); i++) {
            vectors.putRow(i, start);
        }
        return new NewTokens(encoder.addTokens(vectors), vectors);
    }

    /**
     * Starts from a LoRA that there is, rather than from nothing.
     *
     * @throws IllegalArgumentException if it is not on the layers, or not of the rank, that learn, or no plain LoRA
     */
    public void startFrom(LoraWeights lora) {
        Map<LoraModule, LoraLayer> layers = lora.layers();
        model.parameters().forEach((name, array) -> {
            boolean narrow = name.endsWith("." + LowRank.DOWN);
            String module = name.substring(0, name.lastIndexOf(".lora_"));
            LoraLayer layer = layers.get(
                    module.startsWith(UNetTraining.PREFIX)
                            ? LoraModule.unet(module.substring(UNetTraining.PREFIX.length()))
                            : LoraModule.textEncoder(module.substring(JointTraining.PREFIX.length())));
            INDArray start = layer == null ? null : narrow ? layer.down() : layer.up();
            if (start == null || start.length() != array.length()) {
                throw new IllegalArgumentException("the LoRA to start from has %s for %s, this training needs %s"
                        .formatted(
                                start == null ? "nothing" : Arrays.toString(start.shape()),
                                name,
                                Arrays.toString(array.shape())));
            }
            array.assign(start.reshape(array.shape()));
        });
    }

    /** What learns. */
    public TrainedModel model() {
        return model;
    }

    /** What tells this UNet from others; before the first step, of the one that the training starts from. */
    public String fingerprint() {
        return Fingerprint.of(unet);
    }

    /** The tokenizer, which knows a new word that is learnt. */
    public ClipTokenizer tokenizer() {
        return tokenizer;
    }

    /** The autoencoder, frozen. */
    public Vae vae() {
        return vae;
    }

    /** What the model predicts, in its own noise schedule. */
    public Objective objective(LossWeighting weighting) {
        return new Objective(scheduler.noiseSchedule(), scheduler.config().prediction(), weighting);
    }

    /** Captions as this method needs them; states of a frozen text encoder are cached in a folder. */
    public Captions captions(Path cache) {
        return method.trainsTextEncoder()
                ? new TokenizedCaptions(tokenizer)
                : new TextStateCache(cache, tokenizer, encoder);
    }

    /** The model as it is now, to draw pictures with. It is not to be closed. */
    public StableDiffusion preview() throws IOException {
        if (model instanceof JointTraining joint) {
            joint.applyNewTokens();
        }
        return new StableDiffusion(
                new Components(tokenizer, encoder, unet, vae, scheduler, files.sampleSize(), List.of()));
    }

    /**
     * Writes what was learnt: a LoRA or a word into a file, whole weights into a diffusers folder.
     *
     * @param result the parameters, or their average
     * @param record what is to be known about the training; goes into the files' metadata
     */
    public void write(Map<String, INDArray> result, Path output, Map<String, String> record) throws IOException {
        if (method instanceof Method.Lora lora) {
            TrainingOutput.lora(lora, result, record, output);
        } else if (method instanceof Method.Inversion word) {
            INDArray vectors = Objects.requireNonNull(result.get(JointTraining.NEW_TOKENS));
            TrainingOutput.word(new TextualInversion(word.token(), vectors, record), output);
        } else {
            Map<String, INDArray> weights = new LinkedHashMap<>();
            unet.weights().forEach((name, array) -> weights.put(UNetTraining.PREFIX + name, array));
            encoder.weights().forEach((name, array) -> weights.put(JointTraining.PREFIX + name, array));
            weights.putAll(result);
            TrainingOutput.folder(files.folder().orElseThrow(), weights, method.trainsTextEncoder(), record, output);
        }
    }

    @Override
    public void close() {
        if (model instanceof JointTraining joint) {
            joint.close();
        }
        unet.close();
        encoder.close();
        vae.close();
    }
}
