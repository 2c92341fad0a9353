package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.Foreign;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

class SafetensorsFileTest {

    @TempDir
    private Path folder;

    private static SafetensorsFile open(String name) throws IOException {
        return SafetensorsFile.open(Foreign.path("files/" + name + ".safetensors"));
    }

    private Path write(String header, byte[] data) throws IOException {
        return HandMade.write(folder, header, ByteBuffer.wrap(data));
    }

    @Test
    void readsTheValuesOfTensors() throws IOException {
        try (SafetensorsFile file = open("ok-two")) {
            assertThat(file.tensors().keySet()).containsExactly("a", "b");
            assertThat(file.load("a", DataType.FLOAT).toFloatVector()).containsExactly(1.5f);
            assertThat(file.load("b", DataType.FLOAT).toFloatVector()).containsExactly(-2.0f);
            assertThat(file.load("b", DataType.DOUBLE).toDoubleVector()).containsExactly(-2.0);
            assertThat(file.metadata()).isEmpty();
        }
    }

    @Test
    void keepsTheOrderOfTheHeaderAndTheDataOfEachTensor() throws IOException {
        try (SafetensorsFile file = open("ok-order")) {
            assertThat(file.tensors().keySet()).containsExactly("b", "a");
            assertThat(file.load("a", DataType.FLOAT).getFloat(0)).isEqualTo(1.5f);
            assertThat(file.load("b", DataType.FLOAT).getFloat(0)).isEqualTo(-2.0f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ok-scalar", "ok-padded"})
    void readsAFileWithOneNumber(String name) throws IOException {
        try (SafetensorsFile file = open(name)) {
            INDArray a = file.load("a", DataType.FLOAT);
            assertThat(a.shape()).isEqualTo(file.info("a").shape());
            assertThat(a.getFloat(0)).isEqualTo(1.5f);
        }
    }

    @Test
    void readsAScalarAsAnArrayOfRankZero() throws IOException {
        try (SafetensorsFile file = open("ok-scalar")) {
            assertThat(file.load("a", DataType.FLOAT).rank()).isZero();
            assertThat(file.load("a", DataType.DOUBLE).rank()).isZero();
        }
    }

    @Test
    void readsATensorWithoutElements() throws IOException {
        try (SafetensorsFile file = open("ok-zero-size")) {
            assertThat(file.load("z", DataType.FLOAT).isEmpty()).isTrue();
            assertThat(file.load("z", DataType.FLOAT).shape()).containsExactly(0, 3);
            assertThat(file.bytes("z").remaining()).isZero();
            assertThat(file.isFinite("z")).isTrue();
        }
    }

    @Test
    void readsMetadataWithoutTensors() throws IOException {
        try (SafetensorsFile file = open("ok-metadata-only")) {
            assertThat(file.tensors()).isEmpty();
            assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"), Map.entry("note", "café"));
        }
        try (SafetensorsFile file = open("ok-empty")) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void readsATensorAfterAnOddNumberOfBytes() throws IOException {
        try (SafetensorsFile file = open("ok-unaligned")) {
            assertThat(file.load("a", DataType.FLOAT).getFloat(0)).isEqualTo(1.5f);
            assertThat(file.load("u", DataType.INT32).toIntVector()).containsExactly(1, 2, 3);
        }
    }

    /** The file has the bytes 0 1 0 1 ...; what torch makes of them was read by hand from that. */
    @Test
    void readsEveryFormatThatTheLibraryWrites() throws IOException {
        try (SafetensorsFile file = open("ok-all-dtypes")) {
            assertThat(file.tensors()).hasSize(13);
            assertThat(file.load("bool", DataType.INT32).toIntVector()).containsExactly(0, 1, 0);
            assertThat(file.load("u8", DataType.INT64).toLongVector()).containsExactly(1, 0, 1);
            assertThat(file.load("i8", DataType.INT64).toLongVector()).containsExactly(0, 1, 0);
            assertThat(file.load("i16", DataType.INT32).toIntVector()).containsExactly(256, 256, 256);
            assertThat(file.load("u16", DataType.INT32).toIntVector()).containsExactly(256, 256, 256);
            assertThat(file.load("i32", DataType.INT32).toIntVector()).containsOnly(0x01000100);
            assertThat(file.load("u32", DataType.INT64).toLongVector()).containsOnly(0x01000100L);
            assertThat(file.load("i64", DataType.INT64).toLongVector()).containsOnly(0x0100010001000100L);
            assertThat(file.load("u64", DataType.INT64).toLongVector()).containsOnly(0x0100010001000100L);
            assertThat(file.load("f16", DataType.FLOAT).toFloatVector()).containsOnly(0x1p-16f);
            assertThat(file.load("bf16", DataType.FLOAT).toFloatVector()).containsOnly(0x1p-125f);
            assertThat(file.load("f32", DataType.FLOAT).toFloatVector()).containsOnly(Float.intBitsToFloat(0x01000100));
            assertThat(file.load("f64", DataType.DOUBLE).toDoubleVector())
                    .containsOnly(Double.longBitsToDouble(0x0100010001000100L));
            for (String name : file.tensors().keySet()) {
                DType dtype = file.info(name).dtype();
                INDArray own = file.load(name, dtype.nd4j().orElseThrow());
                assertThat(own.dataType()).isEqualTo(dtype.nd4j().orElseThrow());
                assertThat(own.length()).isEqualTo(3);
            }
        }
    }

    @Test
    void doesNotReadAFractionAsAWholeNumber() throws IOException {
        try (SafetensorsFile file = open("ok-two")) {
            assertThatThrownBy(() -> file.load("a", DataType.INT64))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("ok-two.safetensors", "a F32[1]", "LONG");
        }
    }

    @Test
    void namesAWholeNumberThatIsTooLarge() throws IOException {
        Path path = write(
                "{\"n\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
                new byte[] {0, 0, 0, 0, 1, 0, 0, 0});
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.load("n", DataType.INT64).getLong(0)).isEqualTo(1L << 32);
            assertThatThrownBy(() -> file.load("n", DataType.INT32))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("own.safetensors", "n I64[1]");
        }
    }

    /** The format allows what ND4J can't hold: such tensors are listed, and their bytes can be had. */
    @Test
    void listsFormatsThatNoArrayCanHold() throws IOException {
        Path path = write(
                "{\"f4\":{\"dtype\":\"F4\",\"shape\":[2,2],\"data_offsets\":[0,2]},"
                        + "\"c\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[2,10]},"
                        + "\"e5\":{\"dtype\":\"F8_E5M2\",\"shape\":[1],\"data_offsets\":[10,11]},"
                        + "\"e4\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[11,12]}}",
                new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x3c, 0x38});
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.bytes("f4").remaining()).isEqualTo(2);
            assertThat(file.bytes("c").get(0)).isEqualTo((byte) 3);
            assertThatThrownBy(() -> file.load("c", DataType.FLOAT)).hasMessageContaining("c C64[1]");
            assertThat(file.load("e5", DataType.FLOAT).getFloat(0)).isEqualTo(1f);
            assertThat(file.load("e4", DataType.DOUBLE).getDouble(0)).isEqualTo(1.0);
        }
    }

    @Test
    void refusesPackedElementsThatEndWithinAByte() throws IOException {
        Path path = write("{\"f4\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", new byte[2]);
        assertThatThrownBy(() -> SafetensorsFile.open(path)).hasMessageContainingAll("own.safetensors", "f4 F4[3]");
    }

    @Test
    void namesTheFileAndTheTensorThatIsNotThere() throws IOException {
        try (SafetensorsFile file = open("ok-two")) {
            assertThatThrownBy(() -> file.load("c", DataType.FLOAT))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("ok-two.safetensors", "no tensor c", "2");
        }
    }

    /** The weights of the reference model follow from their names. */
    @Test
    void hasTheWeightsOfTheRule() throws IOException {
        Path path = Foreign.path("diffusers/unet/diffusion_pytorch_model.safetensors");
        Fixture expected = Foreign.diffusers("unet");
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors().keySet()).isEqualTo(expected.names()).hasSize(684);
            for (String name : file.tensors().keySet()) {
                Foreign.assertSame(file, name, expected.get(name));
                Foreign.assertSame(file, name, Rule.tensor(name, DataType.FLOAT, expected.shape(name)));
            }
        }
    }

    @Test
    void readsAcrossTwoGigabytes() throws IOException {
        long first = 3L << 30;
        String header =
                "{\"big\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"after\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}"
                        .formatted(first, first, first, first + 8);
        header += " ".repeat(-header.length() & 7);
        Path path = write(header, new byte[0]);
        long dataStart = 8L + header.length();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {7}), dataStart + first - 1);
            ByteBuffer floats = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(1.5f)
                    .putFloat(-2f);
            channel.write(floats.flip(), dataStart + first);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.load("after", DataType.FLOAT).toFloatVector()).containsExactly(1.5f, -2f);
            assertThat(file.mapped("after")).isPresent();
            assertThat(file.mapped("big")).isEmpty();
            assertThatThrownBy(() -> file.bytes("big"))
                    .hasMessageContainingAll("own.safetensors", "big U8[3221225472]");
            MappedChannel end = new MappedChannel(file.mappedBytes(), dataStart + first - 4, dataStart + first);
            ByteBuffer last = ByteBuffer.allocate(8);
            assertThat(end.read(last)).isEqualTo(4);
            assertThat(last.array()).containsExactly(0, 0, 0, 7, 0, 0, 0, 0);
            assertThat(end.read(last)).isEqualTo(-1);
        }
    }

    @Test
    void cutsBetweenTensorsAndOnlyALargeTensorWithin() {
        assertThat(MappedFile.cuts(List.of(0L, 2L, 5L, 9L, 10L), 100)).containsExactly(0L, 10L);
        assertThat(MappedFile.cuts(List.of(0L, 2L, 5L, 9L, 10L), 5)).containsExactly(0L, 5L, 10L);
        assertThat(MappedFile.cuts(List.of(0L, 2L, 15L, 16L), 5)).containsExactly(0L, 2L, 7L, 12L, 16L);
        assertThat(MappedFile.cuts(List.of(0L, 5L, 10L), 5)).containsExactly(0L, 5L, 10L);
        assertThat(MappedFile.cuts(List.of(0L, 8L, 8L), 8)).containsExactly(0L, 8L);
    }
}
