package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;

class FileFormatTest {

    @TempDir
    private Path folder;

    /** The name says nothing: each file is copied to one that would mislead. */
    @ParameterizedTest
    @CsvSource({
        "unet-bf16.safetensors, model.ckpt, SAFETENSORS",
        "unet.bin, model.safetensors, TORCH_ZIP",
        "unet-legacy.bin, model.zip, TORCH_LEGACY",
    })
    void tellsTheFormatByTheContent(String name, String misleading, FileFormat format) throws IOException {
        Path copy = Files.copy(Foreign.path(name), folder.resolve(misleading));
        assertThat(FileFormat.of(copy)).isEqualTo(format);
        try (TensorFile file = TensorFiles.open(copy)) {
            assertThat(file.tensors()).hasSize(684).containsKey("conv_in.weight");
            assertThat(file.path()).isEqualTo(copy);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                                   | is empty
            version https://git-lfs.github.com/spec/v1           | Git LFS pointer
            <!DOCTYPE html><html>                                | not a checkpoint: it begins with "<!DOCTYPE html><html>"
            GGUF and more                                        | not a checkpoint: it begins with "GGUF and more"
            abc                                                  | not a checkpoint: it begins with "abc"
            {"a": 1}                                             | it has no weight_map
            """)
    void saysWhatAFileIsInsteadOfACheckpoint(String content, String error) throws IOException {
        Path file = Files.writeString(folder.resolve("model.safetensors"), content);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("model.safetensors: ", error);
    }

    /** The first byte of a safetensors file is the lowest of its header's length: 128 is a pickle's, 123 is JSON's. */
    @ParameterizedTest
    @ValueSource(ints = {128, 123, 640, 80})
    void aHeaderMayHaveAnyLength(int length) throws IOException {
        String header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length + 1).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put((header + " ".repeat(length - header.length())).getBytes(StandardCharsets.UTF_8));
        Path file = Files.write(folder.resolve("x"), bytes.array());
        assertThat(FileFormat.of(file)).isEqualTo(FileFormat.SAFETENSORS);
        try (TensorFile tensors = TensorFiles.open(file)) {
            assertThat(tensors.tensors()).containsOnlyKeys("a");
        }
    }

    @Test
    void keepsControlCharactersOutOfMessages() throws IOException {
        Path file =
                Files.write(folder.resolve("x.bin"), new byte[] {27, '[', '3', '1', 'm', 'r', 'e', 'd', (byte) 0xff});
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContaining("\".[31mred.\"");
    }

    @Test
    void tellsAFolderAndNothingFromAFile() {
        assertThatThrownBy(() -> TensorFiles.open(folder)).hasMessageContainingAll(folder.toString(), "is a folder");
        assertThatThrownBy(() -> TensorFiles.open(folder.resolve("lost.bin")))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("lost.bin", "no such file");
    }

    /** A broken file fails by its content too, whichever reader takes it on. */
    @Test
    void refusesEveryBrokenFileOfTheManifest() {
        for (String suffix : new String[] {".safetensors", ".bin"}) {
            for (String name : Foreign.files(suffix, false).toList()) {
                assertThatThrownBy(() -> TensorFiles.open(Foreign.path("files/" + name)))
                        .as(name)
                        .isInstanceOf(ImportException.class)
                        .hasMessageContaining(name + ": ");
            }
        }
    }
}
