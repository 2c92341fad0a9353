package org.sd15.importer.lora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.testing.Rule;

/**
 * A file of a few tensors, right or wrong.
 *
 * @param folder where it is written
 * @param tensors what is in it
 * @param metadata its remarks
 */
record SmallLora(Path folder, Map<String, INDArray> tensors, Map<String, String> metadata) {

    static final String TO_Q = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";

    static SmallLora in(Path folder) {
        return new SmallLora(folder, new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    static INDArray array(String name, long... shape) {
        return Rule.input(name, DataType.FLOAT, shape);
    }

    void put(String name, long... shape) {
        tensors.put(name, array(name, shape));
    }

    void putPair(String module) {
        put(module + ".lora_A.weight", 4, 32);
        put(module + ".lora_B.weight", 32, 4);
    }

    LoraWeights read() throws IOException {
        Path path = folder.resolve("lora.safetensors");
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(metadata);
        tensors.forEach((name, array) ->
                writer.add(name, array, DType.of(array.dataType()).orElseThrow()));
        writer.write(path);
        return LoraFile.read(path, TinyModel.TARGETS);
    }
}
