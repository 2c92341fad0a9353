package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
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

    @Test
    void opensEveryValidFileOfTheManifest() throws IOException {
        for (String name : Foreign.files(".bin", true).toList()) {
            try (TensorFile file = open("files/" + name)) {
                assertThat(file.tensors()).as(name).isNotEmpty();
            }
        }
    }

    @Test
    void readsAlsoAStorageThatIsLargerThanItsTensor() throws IOException {
        try (TensorFile file = TensorFiles.open(Pickles.oneTensor(folder, 1, 2, 1))) {
            assertTensor(file, "x", new long[] {2}, 1, 2);
        }
    }
}
