package org.sd15.pipeline.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;

/**
 * The checkpoints of a run: one safetensors file each, {@code checkpoint-<step>.safetensors}, with everything that
 * decides the steps to come. A file appears when it is complete and on the disk; older ones are removed after that, so a
 * process that is killed leaves at least the one before.
 */
public final class Checkpoints {

    private static final Pattern NAME = Pattern.compile("checkpoint-(\\d+)\\.safetensors");
    private static final Map<DataType, DType> FORMATS = Map.of(
            DataType.FLOAT,
            DType.F32,
            DataType.DOUBLE,
            DType.F64,
            DataType.INT32,
            DType.I32,
            DataType.INT64,
            DType.I64);

    private final Path folder;
    private final int kept;

    /**
     * Checkpoints in a folder.
     *
     * @param kept how many of the last ones stay
     */
    public Checkpoints(Path folder, int kept) {
        if (kept < 1) {
            throw new IllegalArgumentException("%d checkpoints are to be kept, must be at least 1".formatted(kept));
        }
        this.folder = folder;
        this.kept = kept;
    }

    /**
     * Writes where a run stands.
     *
     * @param record what else is to be known about the run, for people
     * @return the file
     * @throws IOException if it can't be written; the checkpoints before are unchanged
     */
    public Path write(Trainer trainer, Map<String, String> record) throws IOException {
        Files.createDirectories(folder);
        removeLeftovers();
        TrainingState state = new TrainingState();
        trainer.save(state);
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(record).metadata(state.remarks());
        for (Map.Entry<String, INDArray> tensor : state.tensors().entrySet()) {
            DType format = FORMATS.get(tensor.getValue().dataType());
            if (format == null) {
                throw new IllegalStateException(
                        tensor.getKey() + " is " + tensor.getValue().dataType() + ", which no checkpoint holds");
            }
            writer.add(tensor.getKey(), tensor.getValue(), format);
        }
        Path file = folder.resolve("checkpoint-%06d.safetensors".formatted(trainer.done()));
        writer.write(file);
        removeOld();
        return file;
    }

    /** The last checkpoint, if there is one. */
    public Optional<Path> latest() throws IOException {
        return Optional.ofNullable(all().lastEntry()).map(Map.Entry::getValue);
    }

    /**
     * Brings a run to where it stood, of whose record nothing is known.
     *
     * @see #restore(Path, Trainer, Map)
     */
    public static void restore(Path file, Trainer trainer) throws IOException {
        restore(file, trainer, Map.of());
    }

    /**
     * Brings a run to where it stood.
     *
     * @param same what of the run's record has to be as it was, such as its data and its seed
     * @throws org.sd15.importer.io.ImportException if the file is damaged
     * @throws IllegalArgumentException if it is of another kind of run or was made with other settings
     */
    public static void restore(Path file, Trainer trainer, Map<String, String> same) throws IOException {
        try (TensorFile tensors = TensorFiles.open(file)) {
            same.forEach((key, now) -> requireSame(file, key, tensors.metadata().get(key), now));
            Map<String, INDArray> arrays = new LinkedHashMap<>();
            tensors.tensors()
                    .forEach((name, info) -> arrays.put(
                            name,
                            tensors.load(
                                    name,
                                    FORMATS.entrySet().stream()
                                            .filter(entry -> entry.getValue() == info.dtype())
                                            .map(Map.Entry::getKey)
                                            .findFirst()
                                            .orElse(DataType.FLOAT))));
            try {
                trainer.restore(new TrainingState(arrays, tensors.metadata()));
            } catch (IllegalArgumentException problem) {
                throw new IllegalArgumentException(file + ": " + problem.getMessage(), problem);
            } finally {
                arrays.values().stream().filter(INDArray::closeable).forEach(INDArray::close);
            }
        }
    }

    private static void requireSame(Path file, String key, @Nullable String before, String now) {
        if (!now.equals(before)) {
            throw new IllegalArgumentException(
                    "%s: %s was %s when the checkpoint was made, is %s now: resume with the same, or start anew"
                            .formatted(file, key, before == null ? "not said" : before, now));
        }
    }

    private TreeMap<Integer, Path> all() throws IOException {
        TreeMap<Integer, Path> found = new TreeMap<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.forEach(file -> {
                    Matcher matcher = NAME.matcher(String.valueOf(file.getFileName()));
                    if (matcher.matches()) {
                        found.put(Integer.valueOf(matcher.group(1)), file);
                    }
                });
            }
        }
        return found;
    }

    private void removeOld() throws IOException {
        TreeMap<Integer, Path> found = all();
        List<Path> old =
                found.values().stream().limit(Math.max(0, found.size() - kept)).toList();
        for (Path file : old) {
            Files.deleteIfExists(file);
        }
    }

    /** What a process that was shot while writing has left behind. */
    private void removeLeftovers() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Checkpoints::isLeftover).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static boolean isLeftover(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(".checkpoint-") && name.endsWith(".tmp");
    }
}
