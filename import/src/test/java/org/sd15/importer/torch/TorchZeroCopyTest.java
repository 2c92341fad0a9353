package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.CopiedTensors;
import org.sd15.importer.tensor.TensorFile;

/** Arrays that lie over an archive: the same numbers as those that are read, and the same checks. */
class TorchZeroCopyTest {

    private static final int END_OF_DIRECTORY = 22;

    @TempDir
    private Path folder;

    private Path copy(String name) throws IOException {
        return Files.copy(Foreign.path(name), folder.resolve("copy.bin"));
    }

    /** The views that foreign_files.py saves: of those over one storage too, if their elements are side by side. */
    @ParameterizedTest
    @ValueSource(strings = {"unet.bin", "ldm.ckpt", "files/ok-views.bin"})
    void loadsWithoutACopyWhatReadingGives(String name) throws IOException {
        Path path = copy(name);
        int mapped = 0;
        try (TensorFile file = TensorFiles.open(path);
                TensorFile read = new CopiedTensors(TensorFiles.open(path))) {
            for (String tensor : file.tensors().keySet()) {
                Optional<ByteBuffer> memory = file.mapped(tensor);
                if (memory.isPresent()) {
                    mapped++;
                    assertThat(memory.get()).as(tensor).isEqualTo(read.bytes(tensor));
                    assertThat(file.mappedForReading(tensor)).contains(memory.get());
                }
                INDArray array = file.load(tensor, DataType.FLOAT);
                assertThat(array).as(tensor).isEqualTo(read.load(tensor, DataType.FLOAT));
            }
            int copied = name.contains("views") ? 5 : 0; // empty, or of strides
            assertThat(mapped).isEqualTo(file.tensors().size() - copied);
        }
    }

    @Test
    void leavesTheFileAloneWhenAnArrayIsTrainedInPlaceAndClosed() throws IOException {
        Path path = copy("files/ok-views.bin");
        byte[] before = Files.readAllBytes(path);
        INDArray array;
        try (TensorFile file = TensorFiles.open(path)) {
            array = file.load("whole", DataType.FLOAT);
            array.addi(1000);
            assertThat(file.load("row1", DataType.FLOAT).toFloatVector()).containsExactly(4, 5, 6, 7);
        }
        assertThat(array.getFloat(2, 3)).isEqualTo(1011);
        assertThat(path).hasBinaryContent(before);
        Files.delete(path);
        assertThat(array.getFloat(0, 0)).isEqualTo(1000);
    }

    @Test
    void halfPrecisionIsReadWhereItLies() throws IOException {
        try (TensorFile file = TensorFiles.open(copy("files/ok-views.bin"))) {
            assertThat(file.mappedForReading("float16")).isPresent();
            assertThat(file.loadHalf("float16").castTo(DataType.FLOAT).toFloatVector())
                    .containsExactly(0, 1, 2);
            assertThat(file.loadHalf("bfloat16").castTo(DataType.FLOAT).toFloatVector())
                    .containsExactly(0, 1, 2);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theKernelHasTheFileMapped() throws IOException {
        Path path = copy("unet.bin");
        try (TensorFile file = TensorFiles.open(path)) {
            String first = file.tensors().keySet().iterator().next();
            assertThat(maps()).doesNotContain(path.toRealPath().toString());
            INDArray array = file.load(first, DataType.FLOAT);
            assertThat(maps()).contains(path.toRealPath().toString());
            assertThat(array.isEmpty()).isFalse();
        }
    }

    private static String maps() throws IOException {
        return Files.readString(Path.of("/proc/self/maps"));
    }

    @Test
    void bytesThatTheirChecksumDoesNotTellOfAreRefusedAsEver() throws IOException {
        Path path = copy("files/ok-views.bin");
        long at = position(path, "data/0");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at + 5);
            int value = file.read();
            file.seek(at + 5);
            file.write(value ^ 1);
        }
        try (TensorFile file = TensorFiles.open(path)) {
            String whole = "whole";
            assertThat(file.mapped(whole)).isEmpty();
            assertThatThrownBy(() -> file.load(whole, DataType.FLOAT))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("copy.bin", "/data/0 is damaged: its checksum is wrong");
        }
    }

    private static long position(Path path, String end) throws IOException {
        try (ZipFile zip = new ZipFile(path.toFile());
                FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            String name = zip.stream()
                    .map(ZipEntry::getName)
                    .filter(member -> member.endsWith("/" + end))
                    .findFirst()
                    .orElseThrow();
            return new ZipMembers(path, file).position(name).orElseThrow();
        }
    }

    /** What the directory says of a member's place is not believed: there must be the bytes of the checksum. */
    @Test
    void anotherPlaceIsNotBelieved() throws IOException {
        Path path = copy("files/ok-views.bin");
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int directory = zip.getInt(bytes.length - END_OF_DIRECTORY + 16);
        zip.putInt(directory + 42, Integer.MAX_VALUE);
        Files.write(path, bytes);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            String first = new String(
                    bytes, directory + 46, zip.getShort(directory + 28), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(new ZipMembers(path, file).position(first)).isEqualTo(OptionalLong.empty());
        }
    }

    /** Numbers of 64 bits are in a field of their own where 32 do not hold them. */
    @Test
    void aMemberBeyondFourGigabytesIsFoundByItsLargeField() throws IOException {
        Path path = copy("files/ok-views.bin");
        long expected = position(path, "data/0");
        byte[] bytes = Files.readAllBytes(path);
        Path large = Files.write(folder.resolve("large.bin"), withLargeFields(bytes));
        assertThat(position(large, "data/0")).isEqualTo(expected);
        try (TensorFile file = TensorFiles.open(large)) {
            assertThat(file.mapped("whole")).isPresent();
            assertThat(file.load("whole", DataType.FLOAT).getFloat(2, 3)).isEqualTo(11);
        }
    }

    /** The same archive with a directory whose places are all in large fields. */
    private static byte[] withLargeFields(byte[] archive) {
        ByteBuffer zip = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN);
        int end = archive.length - END_OF_DIRECTORY;
        int begin = zip.getInt(end + 16);
        int stop = begin + zip.getInt(end + 12);
        ByteBuffer out = ByteBuffer.allocate(2 * archive.length + 10_000).order(ByteOrder.LITTLE_ENDIAN);
        out.put(archive, 0, begin);
        for (int at = begin; at < stop; ) {
            int name = zip.getShort(at + 28);
            int extra = zip.getShort(at + 30);
            int member = out.position();
            out.put(archive, at, 46 + name);
            out.putShort(member + 30, (short) 12);
            out.putInt(member + 42, -1);
            out.putShort((short) 1).putShort((short) 8).putLong(Integer.toUnsignedLong(zip.getInt(at + 42)));
            out.putShort(member + 32, (short) 0);
            at += 46 + name + extra + zip.getShort(at + 32);
        }
        int size = out.position() - begin;
        out.put(archive, end, END_OF_DIRECTORY);
        out.putInt(out.position() - END_OF_DIRECTORY + 12, size);
        out.putShort(out.position() - 2, (short) 0);
        return java.util.Arrays.copyOf(out.array(), out.position());
    }
}
