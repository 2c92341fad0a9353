package org.sd15.importer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.tensor.TensorFile;

/**
 * One component of a diffusers model: a folder with a configuration and, if it is a network, weights.
 *
 * @param path the folder
 * @param variant of the weights, such as {@code fp16}, which are read where there are any; null for none
 */
public record ComponentFolder(Path path, @Nullable String variant) {

    private static final List<String> CONFIGS = List.of("config.json", "scheduler_config.json");

    /** A component whose weights are of no variant. */
    public ComponentFolder(Path path) {
        this(path, null);
    }

    /**
     * A component's folder.
     *
     * @throws ImportException if there is no such folder; the message says what is there instead
     */
    public static ComponentFolder open(Path path) throws IOException {
        Path above = path.toAbsolutePath().getParent();
        if (Files.isDirectory(path)) {
            if (above != null) {
                FolderUpdate.complete(above);
            }
            FolderUpdate.complete(path);
            return new ComponentFolder(path);
        }
        String there = above == null || !Files.isDirectory(above) ? "" : "; " + WeightFile.listing(above);
        throw new ImportException(path, "no such folder" + there);
    }

    /**
     * Its configuration, {@code config.json} or {@code scheduler_config.json}.
     *
     * @throws ImportException if it has none or that is not a JSON object
     */
    public ConfigReader config() throws IOException {
        return ConfigReader.read(configFile());
    }

    /** Where its configuration is. */
    public Path configFile() throws IOException {
        for (String name : CONFIGS) {
            if (Files.isRegularFile(path.resolve(name))) {
                return path.resolve(name);
            }
        }
        throw new ImportException(path, "has no %s; %s".formatted(CONFIGS.get(0), WeightFile.listing(path)));
    }

    /** Whether it has weights; a component that is to be trained from nothing has none. */
    public boolean hasWeights() throws IOException {
        return WeightFile.existsIn(path);
    }

    /**
     * Its tensors under this project's names. Of several files the one of the variant is taken, else the one without a
     * variant, else the only one.
     *
     * @throws ImportException if there is no such file, it is damaged, or unsafe
     */
    public TensorFile tensors() throws IOException {
        return LegacyNames.normalise(
                TensorFiles.open(WeightFile.choose(path, variant).file()));
    }

    /**
     * The variant that {@link #tensors()} reads; nothing for weights of no variant.
     *
     * @throws ImportException if there are no weights, or only several variants
     */
    public Optional<String> variantOfTensors() throws IOException {
        return Optional.ofNullable(WeightFile.choose(path, variant).variant());
    }

    /**
     * The tensors of a variant, such as {@code fp16}, under this project's names.
     *
     * @throws ImportException if there is no such file, it is damaged, or unsafe
     */
    public TensorFile tensors(String variant) throws IOException {
        return LegacyNames.normalise(TensorFiles.open(WeightFile.in(path, variant)));
    }

    /** Its tensors as the weights of graphs, in {@code FLOAT}. */
    public CheckpointWeights weights() throws IOException {
        return new CheckpointWeights(tensors());
    }
}
