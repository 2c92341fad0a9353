package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.io.ImportException;
import org.sd15.testing.MutationRun;
import org.sd15.testing.MutationRun.Outcome;

/** Whatever is in a file of start noise or draws, its tensor is read or the file is refused by name. */
@Tag("fuzz")
class TensorsFuzzTest {

    @Test
    void readsOrRefusesAnyFileOfLatents(@TempDir Path folder) throws IOException {
        Path sample = folder.resolve("sample.safetensors");
        Tensors.write(sample, Map.of("latents", Nd4j.ones(DataType.FLOAT, 1, 4, 2, 2)));
        Outcome outcome = MutationRun.of(12, MutationRun.count())
                .over(List.of(Files.readAllBytes(sample)))
                .words("latents", "F16", "F64", "I64", "\"shape\":[", "\"data_offsets\":[", "__metadata__")
                .refusedWith(ImportException.class)
                .check(folder.resolve("fuzz.safetensors"), file -> Tensors.read(file, "latents"));
        assertThat(outcome.understood()).isPositive();
        assertThat(outcome.refused()).isPositive();
    }
}
