package org.sd15.importer.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.sd15.testing.ScratchFile;

/** Pickles and torch archives by hand. */
final class Pickles {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Pickles() {}

    /** A pickle of protocol 2. */
    static Pickles start() {
        return new Pickles().op(Opcode.PROTO, 2);
    }

    Pickles op(int... opcodesAndBytes) {
        for (int value : opcodesAndBytes) {
            bytes.write(value);
        }
        return this;
    }

    Pickles global(String module, String name) {
        bytes.write(Opcode.GLOBAL);
        bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    Pickles text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.write(Opcode.BINUNICODE);
        bytes.writeBytes(littleEndian(utf8.length));
        bytes.writeBytes(utf8);
        return this;
    }

    Pickles number(int value) {
        bytes.write(Opcode.BININT);
        bytes.writeBytes(littleEndian(value));
        return this;
    }

    /** A float storage. */
    Pickles storage(String key, int length) {
        return op(Opcode.MARK)
                .text("storage")
                .global("torch", "FloatStorage")
                .text(key)
                .text("cpu")
                .number(length)
                .op(Opcode.TUPLE, Opcode.BINPERSID);
    }

    /** A tensor of one dimension over a storage. */
    Pickles tensor(String key, int storageLength, int offset, int size, int stride) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .op(Opcode.MARK)
                .storage(key, storageLength)
                .number(offset)
                .number(size)
                .op(Opcode.TUPLE1)
                .number(stride)
                .op(Opcode.TUPLE1, Opcode.NEWFALSE, Opcode.NONE, Opcode.TUPLE, Opcode.REDUCE);
    }

    byte[] stop() {
        bytes.write(Opcode.STOP);
        return bytes.toByteArray();
    }

    private static byte[] littleEndian(int value) {
        byte[] bytes = new byte[Integer.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(value);
        return bytes;
    }

    /** An archive as torch writes it, with one storage of the given length, filled with 0, 1, 2, ... */
    static Path zip(Path file, byte[] pickle, int storageLength) throws IOException {
        byte[] storage = new byte[storageLength * Float.BYTES];
        ByteBuffer floats = ByteBuffer.wrap(storage).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < storageLength; i++) {
            floats.putFloat(i);
        }
        Map<String, byte[]> members = new LinkedHashMap<>();
        members.put("archive/data.pkl", pickle);
        members.put("archive/byteorder", "little".getBytes(StandardCharsets.UTF_8));
        members.put("archive/data/0", storage);
        return zip(file, members);
    }

    /** An archive with one tensor, "x" of four numbers or whatever is claimed of it. */
    static Path oneTensor(Path folder, int offset, int size, int stride) throws IOException {
        byte[] pickle = start().op(Opcode.EMPTY_DICT)
                .text("x")
                .tensor("0", 4, offset, size, stride)
                .op(Opcode.SETITEM)
                .stop();
        return zip(folder.resolve("one.pt"), pickle, 4);
    }

    static Path zip(Path file, Map<String, byte[]> members) throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                CRC32 checksum = new CRC32();
                checksum.update(member.getValue());
                ZipEntry entry = new ZipEntry(member.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(member.getValue().length);
                entry.setCrc(checksum.getValue());
                zip.putNextEntry(entry);
                zip.write(member.getValue());
            }
        }
        return ScratchFile.write(file, archive.toByteArray());
    }
}
