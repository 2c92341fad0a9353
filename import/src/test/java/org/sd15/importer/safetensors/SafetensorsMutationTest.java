package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.Damaged;
import org.sd15.importer.Foreign;
import org.sd15.testing.ScratchFile;

/** Whatever the bytes, a safetensors file is understood or refused in one way. */
@Tag("fuzz")
class SafetensorsMutationTest {

    private static final int DATA_BYTES = 8;

    @TempDir
    private Path folder;

    @Test
    void understandsOrRefusesDamagedFiles() throws IOException {
        List<byte[]> samples =
                Damaged.samples(Foreign.files(".safetensors", true).map(name -> Foreign.path("files/" + name)));
        assertThat(Damaged.run(1, 2)
                        .over(samples)
                        .check(folder.resolve("fuzz.safetensors"), Damaged::readAll)
                        .understood())
                .as("files that changed harmlessly")
                .isPositive();
    }

    /** The length before the header is right, whatever was done to it. */
    @Test
    void understandsOrRefusesDamagedHeaders() throws IOException {
        List<byte[]> headers =
                Damaged.samples(Foreign.files(".safetensors", true).map(name -> Foreign.path("files/" + name))).stream()
                        .map(Damaged::headerOf)
                        .toList();
        Path file = folder.resolve("fuzz.safetensors");
        assertThat(Damaged.run(2, 2)
                        .over(headers)
                        .check(file.toString(), header -> {
                            ScratchFile.write(file, Damaged.withHeader(header, DATA_BYTES));
                            Damaged.readAll(file);
                        })
                        .understood())
                .as("headers that changed harmlessly")
                .isPositive();
    }
}
