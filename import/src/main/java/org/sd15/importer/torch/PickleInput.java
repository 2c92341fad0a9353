package org.sd15.importer.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.sd15.importer.io.ImportException;

/** The bytes of a pickle, with a limit to how many there may be. Nothing is allocated before its bytes have arrived. */
final class PickleInput {

    /** The pickle of a full training checkpoint of Stable Diffusion has less than one megabyte. */
    private static final long MOST_BYTES = 16 << 20;

    private static final int LONGEST_NAME = 1 << 10;

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
        byte[] bytes = bytes(size);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw problem("has a text that is not UTF-8");
        }
    }

    /** The name of a module or of something in it. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = unsignedByte(); next != '\n'; next = unsignedByte()) {
            if (line.length() == LONGEST_NAME || next < ' ' || next > '~') {
                throw problem("has a name that no Python module has");
            }
            line.append((char) next);
        }
        return line.toString();
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
