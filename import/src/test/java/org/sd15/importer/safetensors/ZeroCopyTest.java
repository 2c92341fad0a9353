package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.importer.tensor.DType;

/** Arrays that lie over a file: what they share, what they must not share, and how long it lives. */
class ZeroCopyTest {

    private static final int LENGTH = 4096;

    @TempDir
    private Path folder;

    private Path path;

    @BeforeEach
    void writeNumbers() throws IOException {
        path = folder.resolve("numbers.safetensors");
        INDArray numbers = Nd4j.arange(LENGTH).castTo(DataType.FLOAT);
        SafetensorsWriter.create()
                .add("single", numbers, DType.F32)
                .add("half", numbers, DType.F16)
                .write(path);
    }

    @Test
    void loadsFloatsWithoutACopy() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            INDArray one = file.load("single", DataType.FLOAT);
            INDArray other = file.load("single", DataType.FLOAT);
            assertThat(one.data().address()).isEqualTo(other.data().address());
            assertThat(file.load("half", DataType.FLOAT).data().address())
                    .isNotEqualTo(file.load("half", DataType.FLOAT).data().address());
        }
    }

    @Test
    void leavesTheFileAndItsBytesAloneWhenAnArrayIsTrainedInPlace() throws IOException {
        byte[] before = Files.readAllBytes(path);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            file.load("single", DataType.FLOAT).addi(1000);
            assertThat(file.load("single", DataType.FLOAT).getFloat(7)).isEqualTo(1007);
            assertThat(file.bytes("single").getFloat(7 * Float.BYTES)).isEqualTo(7);
            Path copy = folder.resolve("copy.safetensors");
            SafetensorsWriter.like(file).write(copy);
            assertThat(copy).hasBinaryContent(before);
        }
        assertThat(path).hasBinaryContent(before);
    }

    @Test
    void copiesWhereTheFileCannotBeMappedForWriting() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(path, (where, cuts) -> null)) {
            INDArray one = file.load("single", DataType.FLOAT);
            assertThat(one.addi(1).getFloat(7)).isEqualTo(8);
            assertThat(file.load("single", DataType.FLOAT).getFloat(7)).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void copiesTensorsThatAreNotAligned(int before) throws IOException {
        String header = ("{\"u\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}")
                .formatted(before, before, before, before + 8);
        header += " ".repeat(-header.length() & 7);
        Path odd = HandMade.write(
                folder,
                header,
                HandMade.bytes(before + 8).putFloat(before, 1.5f).putFloat(before + 4, -2f));
        try (SafetensorsFile file = SafetensorsFile.open(odd)) {
            assertThat(file.mapped("a").isPresent()).isEqualTo(before == 0);
            assertThat(file.load("a", DataType.FLOAT).toFloatVector()).containsExactly(1.5f, -2f);
        }
    }

    @Test
    void keepsArraysUsableAfterTheFileIsClosedAndReplaced() throws IOException {
        INDArray array;
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            array = file.load("single", DataType.FLOAT);
        }
        SafetensorsWriter.create()
                .add("other", Nd4j.zeros(DataType.FLOAT, 1), DType.F32)
                .write(path);
        assertThat(array.getFloat(LENGTH - 1)).isEqualTo(LENGTH - 1);
    }

    /** The kernel's own list says whether the file is mapped; a view alone must hold it, and nothing else may. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void staysMappedAsLongAsAnyViewIsReachableAndNoLonger() throws Exception {
        INDArray view = viewOfNumbers();
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(isMapped()).as("mapped while a view is in use").isTrue();
        assertThat(view.getFloat(0)).isEqualTo(100);
        view = null;
        for (int i = 0; i < 100 && isMapped(); i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(isMapped()).as("mapped when nothing uses it").isFalse();
    }

    private INDArray viewOfNumbers() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            return file.load("single", DataType.FLOAT)
                    .reshape(64, 64)
                    .get(NDArrayIndex.point(1), NDArrayIndex.interval(36, 64));
        }
    }

    private boolean isMapped() throws IOException {
        return Files.readString(Path.of("/proc/self/maps"))
                .contains(path.toRealPath().toString());
    }

    @Test
    void survivesTheClosingOfOneArray() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            INDArray one = file.load("single", DataType.FLOAT);
            INDArray other = file.load("single", DataType.FLOAT);
            one.close();
            assertThat(one.wasClosed()).isTrue();
            assertThat(other.getFloat(7)).isEqualTo(7);
        }
    }

    /** Memory of a workspace is used again when it closes; weights must not lie there. */
    @ParameterizedTest
    @ValueSource(strings = {"single", "half"})
    void takesNoMemoryOfAnOpenWorkspace(String name) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(path);
                MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace("test")) {
            assertThat(Nd4j.create(DataType.FLOAT, 1).isAttached()).isTrue();
            assertThat(file.load(name, DataType.FLOAT).isAttached()).isFalse();
            assertThat(workspace.getId()).isEqualTo("test");
        }
    }
}
