package org.sd15.importer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sd15.importer.config.ConfigReader;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.tensor.TensorFile;

/**
 * One component of a diffusers model: a folder with a configuration and, if it is a network, weights.
 *
 * @param path the folder
 */
public record ComponentFolder(Path path) {

    private static final List<String> CONFIGS = List.of("config.json", "scheduler_config.json");

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
     * Its tensors under this project's names. Of several files the one without a variant is taken, or the only one.
     *
     * @throws ImportException if there is no such file, it is damaged, or unsafe
     */
    public TensorFile tensors() throws IOException {
        return LegacyNames.normalise(TensorFiles.open(WeightFile.in(path)));
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
