package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;

/** A file that somebody writes to while it is opened. */
class ChangedFileTest {

    @TempDir
    private Path folder;

    private Path path;

    @BeforeEach
    void write() throws IOException {
        path = folder.resolve("weights.safetensors");
        SafetensorsWriter.create()
                .add("weight", Nd4j.ones(DataType.FLOAT, 10_000), DType.F32)
                .write(path);
    }

    private void cutShort() throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(20_000);
        }
    }

    @Test
    void aFileThatIsCutShortAfterItsHeaderWasReadIsRefused() {
        assertThatThrownBy(() -> SafetensorsFile.open(path, (where, cuts) -> {
                    cutShort();
                    return null;
                }))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll(path.toString(), "changed while it was opened", "has 20,000");
    }

    /** Java makes a file longer when more than there is is mapped for writing: the file would be changed for good. */
    @Test
    void aFileThatIsCutShortIsNotMadeLongerAgain() throws IOException {
        assertThatThrownBy(() -> SafetensorsFile.open(path, (where, cuts) -> {
                    cutShort();
                    return SafetensorsFile.mapPrivately(where, cuts);
                }))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("changed while it was opened");
        assertThat(Files.size(path)).isEqualTo(20_000);
    }

    @Test
    void aFileThatGrowsIsRefused() {
        assertThatThrownBy(() -> SafetensorsFile.open(path, (where, cuts) -> {
                    Files.write(where, new byte[1], StandardOpenOption.APPEND);
                    return null;
                }))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining("changed while it was opened");
    }
}
