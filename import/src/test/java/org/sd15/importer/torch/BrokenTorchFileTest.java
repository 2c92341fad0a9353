package org.sd15.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;

/** What is wrong with a torch file is said in one error, before or when its numbers are read. */
class BrokenTorchFileTest {

    private static final Map<String, String[]> ERRORS = Map.ofEntries(
            Map.entry("bad-truncated", new String[] {"damaged or truncated"}),
            Map.entry("bad-missing-storage", new String[] {"archive/data/0 is missing"}),
            Map.entry("bad-short-storage", new String[] {"archive/data/0 has 20 bytes", "says 48"}),
            Map.entry("bad-missing-pickle", new String[] {"no PyTorch checkpoint", "no data.pkl"}),
            Map.entry("bad-cut-pickle", new String[] {"the pickle ends in the middle"}),
            Map.entry("bad-legacy-truncated", new String[] {"truncated or damaged", "48 bytes"}),
            Map.entry("bad-not-a-checkpoint", new String[] {"not a checkpoint", "<html><body>404</body></html>"}));

    @TempDir
    private Path folder;

    /** The storage has four numbers. */
    @ParameterizedTest
    @CsvSource({"0, 5, 1", "1, 4, 1", "3, 2, 1", "0, 3, 2", "4, 1, 1", "2147483647, 1, 1"})
    void refusesATensorThatReachesBeyondItsStorage(int offset, int size, int stride) throws IOException {
        Path file = Pickles.oneTensor(folder, offset, size, stride);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("one.pt", "reaches to element", "storage 0, which has 4");
    }

    @ParameterizedTest
    @CsvSource({"-1, 1, 1", "0, -1, 1", "0, 1, -1", "0, 2147483647, 2147483647"})
    void refusesOffsetsSizesAndStridesThatNoTensorHas(int offset, int size, int stride) throws IOException {
        Path file = Pickles.oneTensor(folder, offset, size, stride);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("one.pt", "_rebuild_tensor_v2", "make no sense");
    }

    /** Names are checked by the JDK as it opens the archive, comments are not. */
    @Test
    void refusesACommentOfAMemberThatIsNotUtf8() throws IOException {
        Path file = folder.resolve("comment.pt");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            ZipEntry member = new ZipEntry("archive/data.pkl");
            member.setComment("\u00e9\u00e8");
            zip.putNextEntry(member);
            zip.write(Pickles.start().op(Opcode.EMPTY_DICT).stop());
        }
        String latin = Files.readString(file, StandardCharsets.ISO_8859_1);
        Files.writeString(file, latin.replace("\u00c3\u00a9", "\u00c3\u00c3"), StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("comment.pt", "damaged zip archive", "comment", "not UTF-8");
    }

    /** Two to the power of 62 numbers, in a storage that no tensor uses. */
    @Test
    void refusesAStorageWhoseBytesCantBeCounted() throws IOException {
        byte[] pickle = Pickles.start()
                .op(Opcode.EMPTY_DICT, Opcode.MARK)
                .text("storage")
                .global("torch", "FloatStorage")
                .text("0")
                .text("cpu")
                .op(Opcode.LONG1, 8, 0, 0, 0, 0, 0, 0, 0, 0x40, Opcode.TUPLE, Opcode.BINPERSID, Opcode.POP)
                .stop();
        Path file = Pickles.zip(folder.resolve("many.pt"), pickle, 4);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("many.pt", "4,611,686,018,427,387,904 elements, more than can be counted");
    }

    @Test
    void refusesAMemberWhoseNameIsNotUtf8() throws IOException {
        byte[] zip = Files.readAllBytes(Pickles.oneTensor(folder, 0, 4, 1));
        for (int i = 0; i + 4 < zip.length; i++) {
            if (new String(zip, i, 4, StandardCharsets.ISO_8859_1).equals("data")) {
                zip[i] = (byte) 0xff;
            }
        }
        Path file = Files.write(folder.resolve("name.pt"), zip);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageStartingWith(file + ": is a damaged or truncated zip archive: ")
                .hasMessageContaining("bad entry name");
    }

    /** Eight gigabytes of the same number, from a file of a few hundred bytes. */
    @Test
    void refusesATensorThatIsLargerThanTheFile() throws IOException {
        Path file = Pickles.oneTensor(folder, 0, Integer.MAX_VALUE, 0);
        assertThatThrownBy(() -> TensorFiles.open(file))
                .isInstanceOf(ImportException.class)
                .hasMessageContainingAll("one.pt", "x F32[2147483647]", "more bytes than the file has");
    }

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
        assertThatThrownBy(() -> TensorFiles.open(Foreign.path("files/" + name + ".bin")))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(name + ".bin: ")
                .hasMessageContainingAll(ERRORS.get(name));
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
}
