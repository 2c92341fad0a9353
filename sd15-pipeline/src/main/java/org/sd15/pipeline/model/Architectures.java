package org.sd15.pipeline.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.ComponentFolder;
import org.sd15.importer.ImportReport;
import org.sd15.importer.Inspection.Part;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipVocabulary;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;

/**
 * What the parts of a model on disk should consist of: as its configuration says, as a single-file checkpoint's tensors
 * show, or else as in Stable Diffusion 1.5.
 */
public final class Architectures {

    private final @Nullable ModelFolder model;
    private final @Nullable Path checkpoint;

    private Architectures(@Nullable ModelFolder model, @Nullable Path checkpoint) {
        this.model = model;
        this.checkpoint = checkpoint;
    }

    /** The architectures of the model at a path. */
    public static Architectures of(Path path) throws IOException {
        if (Files.isRegularFile(path.resolve(ModelFolder.INDEX))) {
            return new Architectures(ModelFolder.open(path), null);
        }
        return new Architectures(null, Files.isRegularFile(path) && isSingleFile(path) ? path : null);
    }

    private static boolean isSingleFile(Path path) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            return LdmCheckpoint.recognises(file);
        }
    }

    /** What is missing, misshapen or left over in a part; nothing for parts that are no network. */
    public Optional<ImportReport> report(Part part) throws IOException {
        Optional<List<ParameterSpec>> parameters = switch (part.kind()) {
            case UNET -> Optional.of(UNet.parameters(unet(part)));
            case VAE -> Optional.of(Vae.parameters(vae(part)));
            case TEXT_ENCODER -> Optional.of(ClipTextEncoder.parameters(text(part)));
            default -> Optional.empty();
        };
        return parameters.map(part::against);
    }

    /** Where a model's tokenizer is, or what to do as there is none; nothing for what is no whole model. */
    public Optional<String> tokenizer() throws IOException {
        if (checkpoint != null) {
            TokenizerSearch search = new TokenizerSearch(checkpoint);
            return Optional.of(search.find().map(Architectures::files).orElseGet(search::problem));
        }
        Path folder = model == null ? null : model.path().resolve("tokenizer");
        return folder == null || !ClipVocabulary.isIn(folder) ? Optional.empty() : Optional.of(files(folder));
    }

    private static String files(Path folder) {
        return ClipVocabulary.files(folder).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .collect(Collectors.joining(", ", folder + ": ", ""));
    }

    // Names and shapes do not depend on heads and groups, which tensors don't show: one divides everything.

    private UNetConfig unet(Part part) throws IOException {
        return config(
                part,
                folder -> UNetConfigs.read(folder.configFile()),
                file -> file.unetConfig(1, 1),
                UNetConfig.sd15());
    }

    private VaeConfig vae(Part part) throws IOException {
        return config(
                part,
                folder -> ModelConfigs.vae(folder.config()),
                file -> ModelParts.vae(file.vaeFacts(), 1),
                VaeConfig.sd15());
    }

    private ClipTextConfig text(Part part) throws IOException {
        return config(
                part,
                folder -> ModelConfigs.text(folder.config()),
                file -> ModelParts.text(file.textEncoderFacts(), 1),
                ClipTextConfig.sd15());
    }

    @FunctionalInterface
    private interface FromFolder<T> {
        T read(ComponentFolder folder) throws IOException;
    }

    private <T> T config(Part part, FromFolder<T> fromFolder, Function<LdmCheckpoint, T> fromFile, T usual)
            throws IOException {
        if (checkpoint != null) {
            try (LdmCheckpoint file = LdmCheckpoint.of(TensorFiles.open(checkpoint))) {
                return ModelConfigs.naming(checkpoint, () -> fromFile.apply(file));
            }
        }
        Optional<ComponentFolder> folder = folder(part);
        return folder.isPresent() ? fromFolder.read(folder.get()) : usual;
    }

    /** The folder with the part's configuration, if there is one. */
    private Optional<ComponentFolder> folder(Part part) throws IOException {
        if (model != null && model.components().containsKey(part.name())) {
            return Optional.of(model.component(part.name()));
        }
        Path parent = part.file().toAbsolutePath().getParent();
        return parent == null || !Files.isRegularFile(parent.resolve("config.json"))
                ? Optional.empty()
                : Optional.of(ComponentFolder.open(parent));
    }
}
