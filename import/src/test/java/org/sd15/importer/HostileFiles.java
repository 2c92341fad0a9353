package org.sd15.importer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Files that cost an attacker little and a reader without bounds very much. */
final class HostileFiles {

    private static final String ENTRY = "\"%s\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";

    private HostileFiles() {}

    /** Writes all of them. */
    static void writeAll(Path folder) throws IOException {
        safetensors(folder.resolve("rank.safetensors"), "{\"x\":{\"shape\":[" + "1,".repeat(100_000) + "1]}}");
        safetensors(folder.resolve("name.safetensors"), "{" + ENTRY.formatted("n".repeat(40_000)) + "}");
        safetensors(folder.resolve("tensors.safetensors"), tensors(60_000, "%d"));
        safetensors(
                folder.resolve("metadata.safetensors"),
                IntStream.range(0, 100_000)
                        .mapToObj(i -> "\"%d\":\"\"".formatted(i))
                        .collect(Collectors.joining(",", "{\"__metadata__\":{", "}}")));
        safetensors(folder.resolve("number.safetensors"), "{\"x\":{\"shape\":[" + "9".repeat(1 << 20) + "]}}");
        safetensors(folder.resolve("key.safetensors"), "{\"x\":{\"" + "k".repeat(40_000) + "\":1}}");
        sparse(folder.resolve("header.safetensors"), 0, head(99_000_000), 99_000_100);
        Files.writeString(folder.resolve("values.json"), "{\"weight_map\":[" + "[],".repeat(2_000_000) + "0]}");
        Files.writeString(folder.resolve("deep.json"), "{\"weight_map\":" + "[".repeat(1_000_000));
        sparse(folder.resolve("index.json"), 0, "{".getBytes(UTF_8), 65 << 20);
        zip(folder.resolve("members.pt"), 60_000);
        directory(folder.resolve("directory.pt"), 300 << 20);
        pickle(folder.resolve("long-names.pt"), longNames());
        pickle(folder.resolve("rank.pt"), highRank());
        pickle(folder.resolve("globals.pt"), longGlobals());
        pickle(folder.resolve("storages.pt"), longStorages());
    }

    /** The header of a file with many empty tensors. */
    static String tensors(int count, String name) {
        return IntStream.range(0, count)
                .mapToObj(i -> ENTRY.formatted(name.formatted(i)))
                .collect(Collectors.joining(",", "{", "}"));
    }

    static void safetensors(Path file, String header) throws IOException {
        Files.write(file, Damaged.withHeader(header.getBytes(UTF_8), 0));
    }

    private static byte[] head(long headerBytes) {
        return ByteBuffer.allocate(Long.BYTES + 1)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerBytes)
                .put((byte) '{')
                .array();
    }

    private static void sparse(Path file, long at, byte[] bytes, long size) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size);
            out.seek(at);
            out.write(bytes);
        }
    }

    private static void zip(Path file, int members) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < members; i++) {
                add(zip, "a/" + i, new byte[0]);
            }
        }
    }

    /** An archive that is nothing but its directory, which takes no room on the disk. */
    private static void directory(Path file, int bytes) throws IOException {
        byte[] end = ByteBuffer.allocate(22)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x06054b50)
                .putInt(0)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(bytes)
                .array();
        sparse(file, bytes, end, bytes + end.length);
        sparse(file, 0, new byte[] {'P', 'K', 3, 4}, bytes + end.length);
    }

    /** An archive with a pickle and one empty storage. */
    private static void pickle(Path file, byte[] pickle) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            add(zip, "a/data.pkl", pickle);
            add(zip, "a/data/0", new byte[0]);
        }
    }

    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
    }

    /** One tensor under six thousand names, each with fifteen times the same twenty-four thousand letters before it. */
    private static byte[] longNames() {
        Pickle pickle = new Pickle()
                .text("k".repeat(24_000))
                .put(0)
                .add("0K\0\u0085")
                .put(2)
                .add("0");
        pickle.tensor("h\2h\2").put(1).add("0");
        pickle.add("}");
        for (int i = 0; i < 15; i++) {
            pickle.get(0).add("}");
        }
        pickle.add("(");
        for (int i = 0; i < 6000; i++) {
            pickle.text(Integer.toString(i)).get(1);
        }
        return pickle.add("u" + "s".repeat(15) + ".").bytes();
    }

    /** A shape of a hundred thousand dimensions, made once and used two thousand times. */
    private static byte[] highRank() {
        Pickle pickle = new Pickle().add("(");
        for (int i = 0; i < 100_000; i++) {
            pickle.add("K\1");
        }
        pickle.add("t").put(2).add("0}(");
        for (int i = 0; i < 2000; i++) {
            pickle.text(Integer.toString(i)).tensor("h\2h\2");
        }
        return pickle.add("u.").bytes();
    }

    /** The name of a class that has millions of letters. */
    private static byte[] longGlobals() {
        return new Pickle().text("m".repeat(7 << 20)).text("n").add("\u0093)R.").bytes();
    }

    /** Two keys of millions of letters, equal and not the same, that are compared a hundred thousand times. */
    private static byte[] longStorages() {
        Pickle pickle = new Pickle();
        for (int i = 0; i < 2; i++) {
            pickle.text("k".repeat(7 << 20)).put(i).add("0");
            pickle.add("(")
                    .text("storage")
                    .add("ctorch\nFloatStorage\n")
                    .get(i)
                    .text("cpu")
                    .add("K\0t");
            pickle.put(i + 2).add("Q0");
        }
        for (int i = 0; i < 100_000; i++) {
            pickle.get(3).add("Q0");
        }
        return pickle.add("}.").bytes();
    }

    /** A pickle, opcode by opcode. */
    private static final class Pickle {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Pickle() {
            raw(0x80).raw(2);
        }

        Pickle raw(int value) {
            out.write(value);
            return this;
        }

        /** Opcodes and arguments, one byte for each character. */
        Pickle add(String opcodes) {
            opcodes.chars().forEach(out::write);
            return this;
        }

        Pickle text(String text) {
            out.write('X');
            out.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(text.length())
                    .array());
            return add(text);
        }

        Pickle put(int index) {
            return raw('q').raw(index);
        }

        Pickle get(int index) {
            return raw('h').raw(index);
        }

        /** A tensor over an empty storage, with a shape and strides that the opcodes leave on the stack. */
        Pickle tensor(String shapeAndStrides) {
            add("ctorch._utils\n_rebuild_tensor_v2\n((").text("storage").add("ctorch\nFloatStorage\n");
            return text("0").text("cpu").add("K\0tQK\0" + shapeAndStrides + "\u0089NtR");
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
