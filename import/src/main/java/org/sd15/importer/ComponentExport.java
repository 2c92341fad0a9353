package org.sd15.importer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;

/**
 * Writes a component's folder for diffusers from tensors of any origin: diffusers' names and shapes, one file. (What
 * was read from such a folder and is to look as it did goes through {@link ModelExport}.)
 *
 * @param parameters names and shapes of the model; no other tensor is written
 * @param tensors where they are, under diffusers' names; must stay open until everything is written
 * @param replacements arrays in the place of tensors
 * @param dtype the number format of all weights; null for each in its own
 * @param metadata remarks for the file
 */
public record ComponentExport(
        List<ParameterSpec> parameters,
        TensorFile tensors,
        Map<String, INDArray> replacements,
        @Nullable DType dtype,
        Map<String, String> metadata) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Copies the collections. */
    public ComponentExport {
        parameters = List.copyOf(parameters);
        replacements = Map.copyOf(replacements);
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * Writes the weights.
     *
     * @throws IOException if the file can't be written; what was there before is unchanged
     */
    public void write(Path file) throws IOException {
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(metadata).metadata("format", "pt");
        for (ParameterSpec parameter : parameters) {
            TensorInfo info = tensors.info(parameter.name());
            DType stored = dtype == null || !info.dtype().isFloating() ? info.dtype() : dtype;
            TensorInfo as = new TensorInfo(parameter, stored);
            INDArray array = replacements.get(parameter.name());
            writer.add(array == null ? TensorSource.copy(tensors, parameter.name(), as) : TensorSource.of(as, array));
        }
        writer.write(file);
    }

    /** Writes a configuration or an index as diffusers does: indented, with a line break at the end. */
    public static void writeJson(Path file, ObjectNode json) throws IOException {
        AtomicFile.makeFolderOf(file);
        byte[] text = (pretty(json) + "\n").getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(file, text);
    }

    private static String pretty(ObjectNode json) throws JsonProcessingException {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }
}
