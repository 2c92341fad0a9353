package org.sd15.importer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.importer.names.RenamedTensors;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;

/**
 * Writes a component back, changed or not, for diffusers to load. What was not changed is written byte by byte: the
 * configuration, the order and format of the tensors, the names as the file had them, its metadata and padding.
 *
 * <p>All files change as one: a reader of the folder finds the old component or the new one.
 *
 * <p>Weights of PyTorch's own format are written as safetensors, under this project's names, as the Python library would.
 */
public final class ModelExport {

    private final ComponentFolder component;
    private final Map<String, INDArray> replacements = new HashMap<>();

    private ModelExport(ComponentFolder component) {
        this.component = component;
    }

    /** An export of a component as it is. */
    public static ModelExport of(ComponentFolder component) {
        return new ModelExport(component);
    }

    /**
     * Puts arrays in the place of tensors, in the file's format and shape. They are read while writing and not copied.
     *
     * @param arrays by this project's names
     */
    public ModelExport replace(Map<String, INDArray> arrays) {
        replacements.putAll(arrays);
        return this;
    }

    /**
     * Writes the component into a folder, which is made if need be.
     *
     * @throws IllegalArgumentException if there is no tensor of a replacement's name or its shape is another
     * @throws IOException if a file can't be written; what was there before is unchanged
     */
    public void write(Path folder) throws IOException {
        Path config = component.configFile();
        try (TensorFile tensors = component.tensors();
                FolderUpdate update =
                        FolderUpdate.begin(folder, config.getFileName().toString())) {
            replacements.keySet().forEach(tensors::info);
            TensorFile file = tensors instanceof RenamedTensors renamed ? renamed.file() : tensors;
            if (file instanceof SafetensorsFile single) {
                writeLike(single, inFile(tensors), update);
            } else if (file instanceof ShardedTensors sharded && sharded.areSafetensors()) {
                for (TensorFile shard : sharded.shards()) {
                    writeLike((SafetensorsFile) shard, inFile(tensors), update);
                }
                copy(sharded.path(), update);
            } else {
                writeNew(tensors, update);
            }
            copy(config, update);
            update.commit();
        }
    }

    /** The replacements by the names in the file. */
    private Map<String, INDArray> inFile(TensorFile tensors) {
        if (!(tensors instanceof RenamedTensors renamed)) {
            return replacements;
        }
        Map<String, INDArray> arrays = new HashMap<>();
        renamed.originals().forEach((name, original) -> {
            INDArray array = replacements.get(name);
            if (array != null) {
                arrays.put(original, array);
            }
        });
        return arrays;
    }

    private static void writeLike(SafetensorsFile file, Map<String, INDArray> arrays, FolderUpdate update)
            throws IOException {
        SafetensorsWriter.Like writer = SafetensorsWriter.like(file);
        for (String name : file.tensors().keySet()) {
            INDArray array = arrays.get(name);
            if (array != null) {
                writer.replace(name, array);
            }
        }
        writer.write(update.file(file.path().getFileName().toString()));
    }

    private void writeNew(TensorFile tensors, FolderUpdate update) throws IOException {
        SafetensorsWriter writer = SafetensorsWriter.create().metadata("format", "pt");
        tensors.tensors().forEach((name, info) -> {
            INDArray array = replacements.get(name);
            writer.add(array == null ? TensorSource.copy(tensors, name) : TensorSource.of(info, array));
        });
        boolean diffusers = tensors.path().getFileName().toString().startsWith("diffusion_");
        writer.write(update.file(diffusers ? "diffusion_pytorch_model.safetensors" : "model.safetensors"));
    }

    private static void copy(Path file, FolderUpdate update) throws IOException {
        AtomicFile.copy(file, update.file(file.getFileName().toString()));
    }
}
