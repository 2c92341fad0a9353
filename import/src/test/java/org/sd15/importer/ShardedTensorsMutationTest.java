package org.sd15.importer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.testing.ScratchFile;

/** Whatever the bytes, the index of a sharded model is understood or refused in one way. */
@Tag("fuzz")
class ShardedTensorsMutationTest {

    @Test
    void understandsOrRefusesDamagedIndexes(@TempDir Path folder) throws IOException {
        byte[] header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}".getBytes(UTF_8);
        Files.write(folder.resolve("model-1.safetensors"), Damaged.withHeader(header, 4));
        Files.write(
                folder.resolve("model-2.safetensors"),
                Damaged.withHeader(new String(header, UTF_8).replace("x", "y").getBytes(UTF_8), 4));
        byte[] index = """
            {"metadata": {"total_size": 8}, "weight_map": {"x": "model-1.safetensors", "y": "model-2.safetensors"}}\
            """.getBytes(UTF_8);
        // A shard that is at fault is named, and so is the folder, in which the index is as well.
        assertThat(Damaged.run(7)
                        .over(List.of(index))
                        .words("../model-1.safetensors", "\\n/../..", "model-1.safetensors", "\\u0000", ".", "\"\"")
                        .check(
                                folder.toString(),
                                bytes -> Damaged.readAll(
                                        ScratchFile.write(folder.resolve("model.safetensors.index.json"), bytes)))
                        .understood())
                .as("indexes that changed harmlessly")
                .isPositive();
    }
}
