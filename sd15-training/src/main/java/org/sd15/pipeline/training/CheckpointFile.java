package org.sd15.pipeline.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;

/**
 * One checkpoint, {@code checkpoint-<step>.safetensors}. Its remarks name the run that it is of and have a checksum
 * of all the rest; those of before there were any have neither.
 *
 * @param path where it is
 * @param step how many steps had been done
 */
record CheckpointFile(Path path, int step) {

    private static final String RUN = "sd15.training.run";
    private static final String CHECKSUM = "sd15.training.checksum";
    private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{1,9})\\.safetensors");
    private static final Map<DataType, DType> FORMATS = Map.of(
            DataType.FLOAT,
            DType.F32,
            DataType.DOUBLE,
            DType.F64,
            DataType.INT32,
            DType.I32,
            DataType.INT64,
            DType.I64);

    /** The checkpoint after a step. */
    static CheckpointFile at(Path folder, int step) {
        return new CheckpointFile(
                folder.resolve(String.format(Locale.ROOT, "checkpoint-%06d.safetensors", step)), step);
    }

    /** A file that is a checkpoint by its name. */
    static Optional<CheckpointFile> of(Path file) {
        Matcher matcher = NAME.matcher(String.valueOf(file.getFileName()));
        return matcher.matches() && Files.isRegularFile(file)
                ? Optional.of(new CheckpointFile(file, Integer.parseInt(matcher.group(1))))
                : Optional.empty();
    }

    /**
     * The run that it is of; empty if it doesn't say.
     *
     * @throws ImportException if it is damaged
     */
    String run() throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            return file.metadata().getOrDefault(RUN, "");
        }
    }

    /** Writes where a run stands. */
    void write(Trainer trainer, Map<String, String> record, String run) throws IOException {
        TrainingState state = new TrainingState();
        trainer.save(state);
        List<TensorSource> tensors = state.tensors().entrySet().stream()
                .map(tensor -> source(tensor.getKey(), tensor.getValue()))
                .toList();
        Map<String, String> remarks = new LinkedHashMap<>(record);
        remarks.putAll(state.remarks());
        remarks.put(RUN, run);
        remarks.put(CHECKSUM, Checksum.of(remarks, tensors));
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(remarks);
        tensors.forEach(writer::add);
        writer.write(path);
    }

    private static TensorSource source(String name, INDArray array) {
        DType format = FORMATS.get(array.dataType());
        if (format == null) {
            throw new IllegalStateException(name + " is " + array.dataType() + ", which no checkpoint holds");
        }
        return TensorSource.of(name, array, format);
    }

    /** Brings a run to where it stood; see {@link Checkpoints#restore(Path, Trainer, Map)}. */
    void restore(Trainer trainer, Map<String, String> same) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            requireWhole(file);
            same.forEach((key, now) -> requireSame(key, file.metadata().get(key), now));
            Map<String, INDArray> arrays = new LinkedHashMap<>();
            file.tensors().forEach((name, info) -> arrays.put(name, file.load(name, type(info.dtype()))));
            try {
                trainer.restore(new TrainingState(arrays, file.metadata()));
            } catch (IllegalArgumentException problem) {
                throw new IllegalArgumentException(path + ": " + problem.getMessage(), problem);
            } finally {
                arrays.values().stream().filter(INDArray::closeable).forEach(INDArray::close);
            }
        }
    }

    private static DataType type(DType format) {
        return FORMATS.entrySet().stream()
                .filter(entry -> entry.getValue() == format)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(DataType.FLOAT);
    }

    private void requireWhole(TensorFile file) throws IOException {
        Map<String, String> remarks = new LinkedHashMap<>(file.metadata());
        String expected = remarks.remove(CHECKSUM);
        if (expected == null && !remarks.containsKey(RUN)) {
            return; // from before there were checksums
        }
        List<TensorSource> tensors = file.tensors().keySet().stream()
                .map(name -> TensorSource.copy(file, name))
                .toList();
        if (!Checksum.of(remarks, tensors).equals(expected)) {
            throw new ImportException(
                    path, "is damaged: its content does not have the checksum that it was written with");
        }
    }

    private void requireSame(String key, @Nullable String before, String now) {
        if (!now.equals(before)) {
            throw new IllegalArgumentException(
                    "%s: %s was %s when the checkpoint was made, is %s now: resume with the same, or start anew"
                            .formatted(path, key, before == null ? "unset" : before, now));
        }
    }
}
