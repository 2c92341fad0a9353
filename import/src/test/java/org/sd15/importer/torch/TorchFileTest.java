package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.testing.Fixture;

class TorchFileTest {

    @TempDir
    private Path folder;

    private static TensorFile open(String name) throws IOException {
        return TensorFiles.open(Foreign.path(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unet.bin", "unet-legacy.bin"})
    void readsTheModelThatSafetensorsHas(String name) throws IOException {
        Fixture expected = Foreign.diffusers("unet");
        try (TensorFile file = open(name)) {
            assertThat(file.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.names());
            for (String tensor : expected.names()) {
                assertThat(file.info(tensor).shape()).as(tensor).isEqualTo(expected.shape(tensor));
                assertThat(file.info(tensor).dtype()).isEqualTo(DType.F32);
                Foreign.assertSame(file, tensor, expected.get(tensor));
            }
        }
    }

    /** The views of {@code torch.arange(12.0).reshape(3, 4)} that foreign_files.py saves over one storage. */
    @ParameterizedTest
    @ValueSource(strings = {"files/ok-views.bin", "files/ok-views-legacy.bin"})
    void readsViewsThatShareAStorage(String name) throws IOException {
        try (TensorFile file = open(name)) {
            assertTensor(file, "whole", new long[] {3, 4}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
            assertTensor(file, "transposed", new long[] {4, 3}, 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
            assertTensor(file, "row1", new long[] {4}, 4, 5, 6, 7);
            assertTensor(file, "column2", new long[] {3}, 2, 6, 10);
            assertTensor(file, "every-second", new long[] {3, 2}, 0, 2, 4, 6, 8, 10);
            assertTensor(file, "scalar", new long[] {}, 11);
            assertTensor(file, "expanded", new long[] {2, 4}, 0, 1, 2, 3, 0, 1, 2, 3);
            assertTensor(file, "parameter", new long[] {4}, 8, 9, 10, 11);
            assertThat(file.load("empty", DataType.FLOAT).shape()).containsExactly(0, 4);
            assertThat(file.tensors()).hasSize(18);
        }
    }

    private static void assertTensor(TensorFile file, String name, long[] shape, float... values) {
        assertThat(file.info(name).shape()).as(name).isEqualTo(shape);
        assertThat(file.load(name, DataType.FLOAT).data().asFloat()).as(name).isEqualTo(values);
        assertThat(file.bytes(name).asFloatBuffer().get(0)).as(name).isEqualTo(values[0]);
        assertThat(file.bytes(name).remaining()).as(name).isEqualTo(values.length * Float.BYTES);
    }

    @ParameterizedTest
    @CsvSource({
        "float64, F64",
        "float16, F16",
        "bfloat16, BF16",
        "int64, I64",
        "int32, I32",
        "int16, I16",
        "int8, I8",
        "uint8, U8",
        "bool, BOOL"
    })
    void readsEveryStorage(String name, DType dtype) throws IOException {
        for (String path : new String[] {"files/ok-views.bin", "files/ok-views-legacy.bin"}) {
            try (TensorFile file = open(path)) {
                assertThat(file.info(name).dtype()).isEqualTo(dtype);
                assertThat(file.load(name, DataType.FLOAT).toFloatVector())
                        .containsExactly(0, 1, dtype == DType.BOOL ? 1 : 2);
            }
        }
    }

    @Test
    void readsAStateDictWithAttributes() throws IOException {
        try (TensorFile file = open("files/ok-ordered-dict.bin")) {
            assertThat(file.tensors().keySet()).containsExactly("weight");
            assertThat(file.load("weight", DataType.FLOAT).getFloat(2, 3)).isEqualTo(11);
        }
    }

    /** The class among the callbacks is a name and stays one; what surrounds the state dict is left out. */
    @Test
    void takesTheStateDictOutOfATrainingCheckpoint() throws IOException {
        try (TensorFile file = open("files/ok-lightning-callback.bin")) {
            assertThat(file.tensors().keySet()).containsExactly("weight");
            assertThat(file.metadata()).containsEntry("global_step", "7");
        }
        try (TensorFile file = open("ldm.ckpt")) {
            assertThat(file.metadata()).containsEntry("epoch", "3").containsEntry("pytorch-lightning_version", "1.4.2");
        }
    }

    @Test
    void joinsTheNamesOfNestedDicts() throws IOException {
        byte[] pickle = Pickles.start()
                .op(Opcode.EMPTY_DICT)
                .text("name")
                .text("cat-toy")
                .op(Opcode.SETITEM)
                .text("string_to_param")
                .op(Opcode.EMPTY_DICT)
                .text("*")
                .tensor("0", 4, 1, 2, 1)
                .op(Opcode.SETITEM, Opcode.SETITEM)
                .stop();
        try (TensorFile file = TensorFiles.open(Pickles.zip(folder.resolve("embedding.pt"), pickle, 4))) {
            assertTensor(file, "string_to_param.*", new long[] {2}, 1, 2);
            assertThat(file.metadata()).containsExactly(Map.entry("name", "cat-toy"));
        }
    }

    /** {@code torch.save} of uint16 and float8 goes another way: an untyped storage and {@code _rebuild_tensor_v3}. */
    @Test
    void readsFormatsWithoutAStorageClass() throws IOException {
        byte[] pickle = Pickles.start()
                .op(Opcode.EMPTY_DICT)
                .text("a")
                .global("torch._utils", "_rebuild_tensor_v3")
                .op(Opcode.MARK, Opcode.MARK)
                .text("storage")
                .global("torch.storage", "UntypedStorage")
                .text("0")
                .text("cpu")
                .op(Opcode.BININT1, 8, Opcode.TUPLE, Opcode.BINPERSID, Opcode.BININT1, 2)
                .op(Opcode.BININT1, 2, Opcode.TUPLE1, Opcode.BININT1, 1, Opcode.TUPLE1, Opcode.NEWFALSE, Opcode.NONE)
                .global("torch", "uint16")
                .op(Opcode.TUPLE, Opcode.REDUCE, Opcode.SETITEM)
                .stop();
        try (TensorFile file = TensorFiles.open(Pickles.zip(folder.resolve("a.pt"), pickle, 2))) {
            assertThat(file.info("a").dtype()).isEqualTo(DType.U16);
            assertThat(file.load("a", DataType.INT32).toIntVector()).containsExactly(0, 0x3f80);
        }
    }

    /** The storage has four numbers. */
    @ParameterizedTest
    @CsvSource({"0, 5, 1", "1, 4, 1", "3, 2, 1", "0, 3, 2", "4, 1, 1", "2147483647, 1, 1"})
    void refusesATensorThatReachesBeyondItsStorage(int offset, int size, int stride) throws IOException {
        Path file = oneTensor(offset, size, stride);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("one.pt", "reaches to element", "storage 0, which has 4");
    }

    @ParameterizedTest
    @CsvSource({"-1, 1, 1", "0, -1, 1", "0, 1, -1", "0, 2147483647, 2147483647"})
    void refusesOffsetsSizesAndStridesThatNoTensorHas(int offset, int size, int stride) throws IOException {
        Path file = oneTensor(offset, size, stride);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("one.pt", "_rebuild_tensor_v2", "make no sense");
    }

    /** Eight gigabytes of the same number, from a file of a few hundred bytes. */
    @Test
    void refusesATensorThatIsLargerThanTheFile() throws IOException {
        Path file = oneTensor(0, Integer.MAX_VALUE, 0);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("one.pt", "x F32[2147483647]", "more bytes than the file has");
    }

    private Path oneTensor(int offset, int size, int stride) throws IOException {
        byte[] pickle = Pickles.start()
                .op(Opcode.EMPTY_DICT)
                .text("x")
                .tensor("0", 4, offset, size, stride)
                .op(Opcode.SETITEM)
                .stop();
        return Pickles.zip(folder.resolve("one.pt"), pickle, 4);
    }

    private static final Map<String, String[]> ERRORS = Map.ofEntries(
            Map.entry("bad-truncated", new String[] {"damaged or truncated"}),
            Map.entry("bad-missing-storage", new String[] {"archive/data/0 is missing"}),
            Map.entry("bad-short-storage", new String[] {"archive/data/0 has 20 bytes", "says 48"}),
            Map.entry("bad-missing-pickle", new String[] {"no PyTorch checkpoint", "no data.pkl"}),
            Map.entry("bad-cut-pickle", new String[] {"the pickle ends in the middle"}),
            Map.entry("bad-legacy-truncated", new String[] {"truncated or damaged", "48 bytes"}),
            Map.entry("bad-not-a-checkpoint", new String[] {"not a checkpoint", "<html><body>404</body></html>"}));

    static Stream<String> broken() {
        return Foreign.files(".bin", false)
                .filter(name -> name.startsWith("bad-"))
                .map(name -> name.replace(".bin", ""));
    }

    @Test
    void coversEveryBrokenFileOfTheManifest() {
        assertThat(ERRORS.keySet()).containsExactlyInAnyOrderElementsOf(broken().toList());
    }

    @ParameterizedTest
    @MethodSource("broken")
    void refusesABrokenFileWithOneErrorThatSaysWhatIsWrong(String name) {
        assertThatThrownBy(() -> open("files/" + name + ".bin"))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(name + ".bin: ")
                .hasMessageContainingAll(ERRORS.get(name));
    }

    @Test
    void opensEveryValidFileOfTheManifest() throws IOException {
        for (String name : Foreign.files(".bin", true).toList()) {
            try (TensorFile file = open("files/" + name)) {
                assertThat(file.tensors()).as(name).isNotEmpty();
            }
        }
    }

    @Test
    void noticesADamagedStorageWhenItIsRead() throws IOException {
        Path copy = Files.copy(Foreign.path("unet.bin"), folder.resolve("unet.bin"));
        byte[] bytes = Files.readAllBytes(copy);
        int weights = indexOf(
                bytes, Foreign.diffusers("unet").get("conv_in.weight").data().asFloat());
        bytes[weights + 5] ^= 1;
        Files.write(copy, bytes);
        try (TensorFile file = TensorFiles.open(copy)) {
            assertThat(file.load("conv_in.bias", DataType.FLOAT).length()).isEqualTo(8);
            assertThatThrownBy(() -> file.load("conv_in.weight", DataType.FLOAT))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("unet.bin", "unet/data/0", "checksum");
        }
    }

    private static int indexOf(byte[] bytes, float[] floats) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < bytes.length - 8; i++) {
            if (buffer.getFloat(i) == floats[0] && buffer.getFloat(i + 4) == floats[1]) {
                return i;
            }
        }
        throw new AssertionError("the weights are not in the file");
    }

    @Test
    void refusesNumbersInTheOtherByteOrder() throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        members.put("archive/data.pkl", Pickles.start().op(Opcode.EMPTY_DICT).stop());
        members.put("archive/byteorder", new byte[] {'b', 'i', 'g'});
        Path file = Pickles.zip(folder.resolve("big.pt"), members);
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContainingAll("big.pt", "big-endian");
    }

    @Test
    void refusesAnArchiveWithTwoPickles() throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        members.put("a/data.pkl", Pickles.start().op(Opcode.EMPTY_DICT).stop());
        members.put("b/data.pkl", Pickles.start().op(Opcode.EMPTY_DICT).stop());
        Path file = Pickles.zip(folder.resolve("two.pt"), members);
        assertThatThrownBy(() -> TensorFiles.open(file)).hasMessageContainingAll("two.pt", "more than one data.pkl");
    }

    @Test
    void readsAlsoAStorageThatIsLargerThanItsTensor() throws IOException {
        try (TensorFile file = TensorFiles.open(oneTensor(1, 2, 1))) {
            assertTensor(file, "x", new long[] {2}, 1, 2);
        }
    }
}
