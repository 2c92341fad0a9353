package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;

class SafetensorsWriterTest {

    @TempDir
    private Path folder;

    private Path target() {
        return folder.resolve("out.safetensors");
    }

    /** Files that the Python library has written, from nothing but their tensors and their metadata. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "diffusers/unet/diffusion_pytorch_model.safetensors",
                "diffusers/vae/diffusion_pytorch_model.safetensors",
                "diffusers/text_encoder/model.safetensors",
                "ldm.safetensors",
                "vae-old-names.safetensors",
                "unet-bf16.safetensors"
            })
    void writesTheBytesOfThePythonLibrary(String name) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(Foreign.path(name))) {
            SafetensorsWriter.create().metadata(file.metadata()).addAll(file).write(target());
        }
        assertThat(target()).hasSameBinaryContentAs(Foreign.path(name));
    }

    /** The same by way of arrays. */
    @Test
    void writesTheBytesOfThePythonLibraryFromArrays() throws IOException {
        Path original = Foreign.path("diffusers/unet/diffusion_pytorch_model.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(original)) {
            SafetensorsWriter writer = SafetensorsWriter.create().metadata("format", "pt");
            file.tensors().keySet().forEach(name -> writer.add(name, file.load(name, DataType.FLOAT), DType.F32));
            writer.write(target());
        }
        assertThat(target()).hasSameBinaryContentAs(original);
    }

    /** Order, padding, blanks and all: whatever valid file comes in goes out as it was. */
    @ParameterizedTest
    @MethodSource("valid")
    void writesAFileLikeAnotherByteByByte(String name) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(Foreign.path("files/" + name))) {
            SafetensorsWriter.like(file).write(target());
        }
        assertThat(target()).hasSameBinaryContentAs(Foreign.path("files/" + name));
    }

    static Stream<String> valid() {
        return Foreign.files(".safetensors", true);
    }

    /**
     * {@code safetensors.torch.save} 0.8.0 on tensors of every format, named after it, with the metadata below: wide
     * formats first; text as serde_json escapes it.
     */
    @Test
    void ordersFormatsAndEscapesTextAsThePythonLibrary() throws IOException {
        SafetensorsWriter writer = SafetensorsWriter.create().metadata("b", "é\"\\\u0001\u001f\u007f\u2028/");
        Path every = HandMade.write(
                folder,
                Stream.of(DType.values())
                        .map(dtype -> "\"%s\":{\"dtype\":\"%s\",\"shape\":[0],\"data_offsets\":[0,0]}"
                                .formatted(dtype, dtype))
                        .reduce((a, b) -> a + "," + b)
                        .map(all -> "{" + all + "}")
                        .orElseThrow(),
                HandMade.bytes(0));
        try (SafetensorsFile file = SafetensorsFile.open(every)) {
            writer.addAll(file).write(target());
            try (SafetensorsFile written = SafetensorsFile.open(target())) {
                assertThat(written.tensors().keySet())
                        .containsExactly(
                                "U64",
                                "I64",
                                "F64",
                                "C64",
                                "F32",
                                "U32",
                                "I32",
                                "BF16",
                                "F16",
                                "U16",
                                "I16",
                                "F8_E5M2FNUZ",
                                "F8_E4M3FNUZ",
                                "F8_E8M0",
                                "F8_E4M3",
                                "F8_E5M2",
                                "I8",
                                "U8",
                                "F6_E3M2",
                                "F6_E2M3",
                                "F4",
                                "BOOL");
                assertThat(written.header().text())
                        .startsWith(
                                "{\"__metadata__\":{\"b\":\"é\\\"\\\\\\u0001\\u001f\u007f\u2028/\"},\"U64\":{\"dtype\":"
                                        + "\"U64\",\"shape\":[0],\"data_offsets\":[0,0]},\"I64\"");
                assertThat(written.header().textBytes().length % 8).isZero();
            }
        }
    }

    /** U+FF5E comes before U+1F600 in UTF-8 but after it in Java's own order. */
    @Test
    void ordersNamesByTheirBytes() throws IOException {
        INDArray one = Nd4j.zeros(DataType.FLOAT, 1);
        SafetensorsWriter.create()
                .add("\uD83D\uDE00", one, DType.F32)
                .add("\uFF5E", one, DType.F32)
                .add("Z", one, DType.F32)
                .add("a", one, DType.F32)
                .write(target());
        try (SafetensorsFile written = SafetensorsFile.open(target())) {
            assertThat(written.tensors().keySet()).containsExactly("Z", "a", "\uFF5E", "\uD83D\uDE00");
        }
    }

    @Test
    void convertsTheTensorsOfAFile() throws IOException {
        Path original = Foreign.path("diffusers/vae/diffusion_pytorch_model.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(original)) {
            SafetensorsWriter writer = SafetensorsWriter.create();
            SafetensorsWriter arrays = SafetensorsWriter.create();
            file.tensors().forEach((name, info) -> {
                writer.add(TensorSource.copy(file, name, new TensorInfo("x." + name, DType.F16, info.shape())));
                arrays.add("x." + name, file.load(name, DataType.FLOAT), DType.F16);
            });
            writer.write(target());
            arrays.write(folder.resolve("arrays.safetensors"));
            assertThat(target()).hasSameBinaryContentAs(folder.resolve("arrays.safetensors"));
        }
    }

    @Test
    void replacesTensorsInTheirFormatAndPlace() throws IOException {
        Path original = Foreign.path("unet-bf16.safetensors");
        String name = "conv_in.weight";
        byte[] expected = Files.readAllBytes(original);
        try (SafetensorsFile file = SafetensorsFile.open(original)) {
            INDArray trained = file.load(name, DataType.FLOAT).neg();
            SafetensorsWriter.like(file).replace(name, trained).write(target());
            long begin = 8L
                    + file.header().textBytes().length
                    + file.header().entries().get(name).begin();
            for (long i = 0; i < file.info(name).length(); i++) {
                expected[(int) (begin + 2 * i + 1)] ^= (byte) 0x80; // the sign bits
            }
        }
        assertThat(target()).hasBinaryContent(expected);
    }

    @Test
    void writesOverTheFileThatItReadsFrom() throws IOException {
        Path own = Files.copy(Foreign.path("unet-bf16.safetensors"), target());
        try (SafetensorsFile file = SafetensorsFile.open(own)) {
            SafetensorsWriter.like(file).write(own);
        }
        assertThat(own).hasSameBinaryContentAs(Foreign.path("unet-bf16.safetensors"));
    }

    @Test
    void refusesWhatTheFileCouldNotHold() throws IOException {
        INDArray array = Nd4j.zeros(DataType.FLOAT, 2, 3);
        SafetensorsWriter writer = SafetensorsWriter.create().add("a", array, DType.F32);
        assertThatThrownBy(() -> writer.add("a", array, DType.F32)).hasMessageContaining("a");
        assertThatThrownBy(() -> writer.add("__metadata__", array, DType.F32)).hasMessageContaining("__metadata__");
        assertThatThrownBy(() -> writer.add("i", array, DType.I64)).hasMessageContainingAll("F32", "I64");
        try (SafetensorsFile file = SafetensorsFile.open(Foreign.path("files/ok-two.safetensors"))) {
            assertThatThrownBy(() -> SafetensorsWriter.like(file).replace("a", array))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("a", "[2, 3]", "[1]");
            assertThatThrownBy(() -> SafetensorsWriter.like(file).replace("c", array))
                    .hasMessageContaining("c");
        }
    }

    /** A source that fails half-way: what a full disk or a vanished file looks like from inside. */
    @Test
    void leavesTheOldFileWhenWritingFails() throws IOException {
        Files.writeString(target(), "what was there before");
        Path original = Files.copy(Foreign.path("unet-legacy.bin"), folder.resolve("unet.bin"));
        TensorFile file = TensorFiles.open(original);
        SafetensorsWriter writer = SafetensorsWriter.create().addAll(file);
        file.close();
        assertThatThrownBy(() -> writer.write(target()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("out.safetensors", "unchanged");
        assertThat(target()).content(StandardCharsets.UTF_8).isEqualTo("what was there before");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(target(), original);
        }
    }

    @Test
    void givesATensorsBytesOnceAndReadOnly() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(Foreign.path("files/ok-two.safetensors"))) {
            ByteBuffer bytes = file.bytes("b");
            assertThat(bytes.isReadOnly()).isTrue();
            assertThat(bytes.getFloat()).isEqualTo(-2f);
            assertThat(bytes.hasRemaining()).isFalse();
        }
    }
}
