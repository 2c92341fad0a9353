package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;

/**
 * Tensors on disk by key, a safetensors file each. A key is a digest of everything that decides the content, so an entry
 * is never out of date; one that is damaged is made anew.
 */
final class TensorCache {

    private final Path folder;
    private int made;

    TensorCache(Path folder) {
        this.folder = folder;
    }

    /** How many entries were missing and have been computed. */
    int made() {
        return made;
    }

    /** The tensors of a key, in float32. */
    Map<String, INDArray> get(String key, Supplier<Map<String, INDArray>> maker) throws IOException {
        Path file = folder.resolve(key + ".safetensors");
        if (Files.isRegularFile(file)) {
            try {
                return read(file);
            } catch (ImportException damaged) {
                Files.delete(file);
            }
        }
        Map<String, INDArray> tensors = maker.get();
        Files.createDirectories(folder);
        SafetensorsWriter writer = SafetensorsWriter.create();
        tensors.forEach((name, array) -> writer.add(name, array, DType.F32));
        writer.write(file);
        made++;
        return tensors;
    }

    private static Map<String, INDArray> read(Path path) throws IOException {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        try (TensorFile file = TensorFiles.open(path)) {
            file.tensors().keySet().forEach(name -> tensors.put(name, file.load(name, DataType.FLOAT)));
        }
        return tensors;
    }
}
