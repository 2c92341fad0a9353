package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;

/** Tensor files that commands read and write. */
final class Tensors {

    private Tensors() {}

    /** One tensor of a file, in float32. */
    static INDArray read(Path path, String key) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            return file.load(key, DataType.FLOAT).dup('c');
        }
    }

    /** All tensors of a file, in float32. */
    static Map<String, INDArray> readAll(Path path) throws IOException {
        Map<String, INDArray> all = new LinkedHashMap<>();
        try (TensorFile file = TensorFiles.open(path)) {
            for (String name : file.tensors().keySet()) {
                all.put(name, file.load(name, DataType.FLOAT).dup('c'));
            }
        }
        return all;
    }

    /** Writes tensors in float32, into a folder that is made if need be. */
    static void write(Path path, Map<String, INDArray> tensors) throws IOException {
        AtomicFile.makeFolderOf(path);
        SafetensorsWriter writer = SafetensorsWriter.create();
        for (Map.Entry<String, INDArray> tensor : tensors.entrySet()) {
            writer.add(tensor.getKey(), tensor.getValue(), DType.F32);
        }
        writer.write(path);
    }
}
