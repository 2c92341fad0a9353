package org.sd15.importer.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Utf8;

/** The bytes of a pickle, with a limit to how many there may be. Nothing is allocated before its bytes have arrived. */
final class PickleInput {

    /** The pickle of a full training checkpoint of Stable Diffusion has less than one megabyte. */
    static final int MOST_BYTES = 16 << 20;

    /** Characters of the name of a module, a class or a storage. */
    static final int LONGEST_NAME = 256;

    private final Path file;
    private final InputStream in;
    private long position;

    PickleInput(Path file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    /** Bytes read so far. */
    long position() {
        return position;
    }

    int unsignedByte() throws IOException {
        int value = in.read();
        if (value < 0) {
            throw problem("ends in the middle");
        }
        count(1);
        return value;
    }

    int unsignedShort() throws IOException {
        return Short.toUnsignedInt(littleEndian(Short.BYTES).getShort());
    }

    int signedInt() throws IOException {
        return littleEndian(Integer.BYTES).getInt();
    }

    long unsignedInt() throws IOException {
        return Integer.toUnsignedLong(signedInt());
    }

    long signedLong() throws IOException {
        return littleEndian(Long.BYTES).getLong();
    }

    /** The one number that is stored with its most significant byte first. */
    double bigEndianDouble() throws IOException {
        return littleEndian(Double.BYTES).order(ByteOrder.BIG_ENDIAN).getDouble();
    }

    private ByteBuffer littleEndian(int size) throws IOException {
        return ByteBuffer.wrap(bytes(size)).order(ByteOrder.LITTLE_ENDIAN);
    }

    byte[] bytes(long size) throws IOException {
        if (size < 0) {
            throw problem("claims something of " + size + " bytes");
        }
        count(size);
        byte[] bytes = in.readNBytes((int) size);
        if (bytes.length < size) {
            throw problem("ends in the middle");
        }
        return bytes;
    }

    String text(long size) throws IOException {
        return Utf8.decode(
                file,
                ByteBuffer.wrap(bytes(size)),
                "a text of the pickle, which ends at its byte %,d,".formatted(position));
    }

    /** The name of a module or of something in it. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = unsignedByte(); next != '\n'; next = unsignedByte()) {
            checkInName(line.length(), next);
            line.append((char) next);
        }
        return line.toString();
    }

    /** @throws ImportException if no module, class or storage has such a name */
    void checkName(String name) {
        for (int i = 0; i < name.length(); i++) {
            checkInName(i, name.charAt(i));
        }
    }

    private void checkInName(int index, int character) {
        if (index == LONGEST_NAME || character < ' ' || character > '~') {
            throw problem("has a name that no module, class or storage has");
        }
    }

    private void count(long size) {
        if (size > MOST_BYTES - position) {
            throw problem("claims to have more than %,d bytes beside its tensors".formatted(MOST_BYTES));
        }
        position += size;
    }

    ImportException problem(String what) {
        return new ImportException(file, "the pickle " + what + " (at byte %d)".formatted(position));
    }
}
