package org.sd15.pipeline.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.ComponentFolder;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.ModelPart;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.ldm.TextEncoderFacts;
import org.sd15.importer.ldm.VaeFacts;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.schedule.Scheduler;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNetConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the parts of a model are found. */
sealed interface ModelParts extends AutoCloseable permits ModelParts.Folder, SingleFileParts, CombinedParts {

    ClipTextConfig text() throws IOException;

    UNetConfig unet() throws IOException;

    VaeConfig vae() throws IOException;

    Scheduler scheduler() throws IOException;

    ClipTokenizer tokenizer(int maxLength) throws IOException;

    int sampleSize() throws IOException;

    TensorFile tensors(ModelPart component) throws IOException;

    /** Whether a component has weights; in a folder that describes a model to come it may have none. */
    default boolean hasWeights(ModelPart component) throws IOException {
        return true;
    }

    /** The configuration of a component, under the name of its folder in diffusers. */
    ObjectNode config(String component) throws IOException;

    /** Where the tokenizer's files are, or should be; there may be none. */
    Path tokenizerFolder() throws IOException;

    /** The diffusers folder; nothing for a single file, and for a folder that does not say all of the model. */
    default Optional<Path> folder() {
        return Optional.empty();
    }

    @Override
    default void close() throws IOException {}

    /**
     * The parts of a diffusers folder or of a single-file checkpoint.
     *
     * @throws ImportException if it is neither, or does not have what is chosen
     */
    static ModelParts open(ModelSource source) throws IOException {
        Path path = source.path();
        if (Files.isDirectory(path)) {
            ModelParts folder = new Folder(ModelFolder.open(path).variant(source.variant()), tokenizer(source));
            return CombinedParts.of(folder, source, source.prediction());
        }
        if (source.variant() != null) {
            throw new ImportException(
                    path, "is one file; variants such as %s are for diffusers folders".formatted(source.variant()));
        }
        SingleFileParts file = new SingleFileParts(path, LdmCheckpoint.of(TensorFiles.open(path)), tokenizer(source));
        return CombinedParts.of(file, source, source.prediction() == null ? file.told() : source.prediction());
    }

    private static @Nullable Path tokenizer(ModelSource source) {
        return source.tokenizer() == null ? null : TokenizerSearch.named(source.tokenizer());
    }

    /** A text encoder of which a file shows the shapes. */
    static ClipTextConfig text(TextEncoderFacts facts, int heads) {
        return new ClipTextConfig(
                facts.vocabSize(),
                facts.hiddenSize(),
                facts.intermediateSize(),
                facts.numHiddenLayers(),
                heads,
                facts.maxPositionEmbeddings(),
                ClipTextConfig.sd15().layerNormEps());
    }

    /** An autoencoder of which a file shows the shapes. */
    static VaeConfig vae(VaeFacts facts, int groups) {
        return new VaeConfig(
                facts.inChannels(),
                facts.outChannels(),
                facts.latentChannels(),
                facts.blockOutChannels(),
                facts.layersPerBlock(),
                groups,
                VaeConfig.sd15().scalingFactor());
    }

    /**
     * A diffusers folder.
     *
     * @param model the folder
     * @param tokenizer the folder of another tokenizer, or null
     */
    record Folder(ModelFolder model, @Nullable Path tokenizer) implements ModelParts {

        private static final Logger LOG = LoggerFactory.getLogger(ModelParts.class);

        @Override
        public ClipTextConfig text() throws IOException {
            return ModelConfigs.text(model.component("text_encoder").config());
        }

        @Override
        public UNetConfig unet() throws IOException {
            return model.unetConfig();
        }

        @Override
        public VaeConfig vae() throws IOException {
            return ModelConfigs.vae(model.component("vae").config());
        }

        @Override
        public Scheduler scheduler() throws IOException {
            return ModelConfigs.scheduler(model.component("scheduler").config());
        }

        @Override
        public ClipTokenizer tokenizer(int maxLength) throws IOException {
            Path folder = tokenizer == null ? model.component("tokenizer").path() : tokenizer;
            return ClipTokenizer.load(folder, maxLength);
        }

        @Override
        public int sampleSize() throws IOException {
            return ModelConfigs.sampleSize(model.component("unet").config());
        }

        @Override
        public TensorFile tensors(ModelPart component) throws IOException {
            ComponentFolder folder = model.component(component.toString());
            Optional<String> variant = folder.variantOfTensors();
            if (!variant.equals(Optional.ofNullable(model.variant()))) {
                LOG.warn(
                        "{}: the weights are read {}",
                        folder.path(),
                        variant.map(name -> "of the variant " + name + ", the only one there is")
                                .orElse("that have no variant: there are none of " + model.variant()));
            }
            return folder.tensors();
        }

        @Override
        public boolean hasWeights(ModelPart component) throws IOException {
            return model.component(component.toString()).hasWeights();
        }

        @Override
        public ObjectNode config(String component) throws IOException {
            return StrictJson.readObject(model.component(component).configFile());
        }

        @Override
        public Path tokenizerFolder() {
            return tokenizer == null ? model.path().resolve("tokenizer") : tokenizer;
        }

        @Override
        public Optional<Path> folder() {
            return tokenizer == null ? Optional.of(model.path()) : Optional.empty();
        }
    }
}
