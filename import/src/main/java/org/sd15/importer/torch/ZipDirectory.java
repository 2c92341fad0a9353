package org.sd15.importer.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.sd15.importer.io.FileBytes;
import org.sd15.importer.io.ImportException;

/**
 * The directory at the end of a zip archive, which the JDK reads into memory as a whole, whatever its size. What may be
 * its end is looked at beforehand: there may be several, as the archive's comment can contain anything.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">PKWARE's specification</a>, 4.3.14 to 4.3.16
 */
final class ZipDirectory {

    /** Bytes of the directory; a member takes some eighty. */
    static final int LARGEST = 8 << 20;

    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int SIZE = 12;
    private static final int BEGIN = 16;
    private static final int COMMENT = 20;

    private static final int LOCATOR_64 = 0x07064b50;
    private static final int LOCATOR_64_BYTES = 20;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_BYTES = 56;
    private static final int SIZE_64 = 40;
    private static final int BEGIN_64 = 48;

    private final Path path;
    private final FileChannel file;

    private ZipDirectory(Path path, FileChannel file) {
        this.path = path;
        this.file = file;
    }

    /** @throws ImportException if the directory is larger than that of any checkpoint */
    static void check(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            new ZipDirectory(path, file).check();
        }
    }

    /**
     * The directory of an archive that ends with it and a comment.
     *
     * @return little-endian; without a byte if the file is not of that kind, or damaged
     */
    static ByteBuffer read(Path path, FileChannel file) throws IOException {
        return new ZipDirectory(path, file).read();
    }

    private ByteBuffer read() throws IOException {
        long begin = Math.max(0, file.size() - END_BYTES - LONGEST_COMMENT);
        ByteBuffer tail = FileBytes.read(file, begin, (int) (file.size() - begin));
        for (int at = tail.limit() - END_BYTES; at >= 0; at--) {
            int comment = tail.limit() - END_BYTES - at;
            if (tail.getInt(at) == END && Short.toUnsignedInt(tail.getShort(at + COMMENT)) == comment) {
                boolean small = tail.getInt(at + SIZE) != -1 && tail.getInt(at + BEGIN) != -1;
                return small
                        ? stretch(
                                Integer.toUnsignedLong(tail.getInt(at + BEGIN)),
                                Integer.toUnsignedLong(tail.getInt(at + SIZE)))
                        : readLarge(begin + at);
            }
        }
        return stretch(0, 0);
    }

    private ByteBuffer readLarge(long end) throws IOException {
        long at = endOfLarge(end);
        if (at < 0) {
            return stretch(0, 0);
        }
        ByteBuffer large = FileBytes.read(file, at, END_64_BYTES);
        return stretch(large.getLong(BEGIN_64), large.getLong(SIZE_64));
    }

    private ByteBuffer stretch(long begin, long size) throws IOException {
        boolean there = begin >= 0 && size >= 0 && size <= LARGEST && begin <= file.size() - size;
        return FileBytes.read(file, there ? begin : 0, there ? (int) size : 0);
    }

    private void check() throws IOException {
        long begin = Math.max(0, file.size() - END_BYTES - LONGEST_COMMENT);
        ByteBuffer tail = FileBytes.read(file, begin, (int) (file.size() - begin));
        for (int at = 0; at <= tail.limit() - END_BYTES; at++) {
            if (tail.getInt(at) == END) {
                checkSize(Integer.toUnsignedLong(tail.getInt(at + SIZE)), begin + at);
                checkLarge(begin + at);
            }
        }
    }

    /** An archive with more than 65,535 members, or more than 4 GB, has a second end before the first. */
    private void checkLarge(long end) throws IOException {
        long at = endOfLarge(end);
        if (at >= 0) {
            checkSize(FileBytes.read(file, at, END_64_BYTES).getLong(SIZE_64), at);
        }
    }

    /** The position of that second end, or -1 if there is none. */
    private long endOfLarge(long end) throws IOException {
        if (end < LOCATOR_64_BYTES) {
            return -1;
        }
        ByteBuffer locator = FileBytes.read(file, end - LOCATOR_64_BYTES, LOCATOR_64_BYTES);
        long at = locator.getLong(Long.BYTES);
        if (locator.getInt(0) != LOCATOR_64 || at < 0 || at > file.size() - END_64_BYTES) {
            return -1;
        }
        return FileBytes.read(file, at, Integer.BYTES).getInt(0) == END_64 ? at : -1;
    }

    /** A directory that does not fit before its end is refused by the JDK. */
    private void checkSize(long size, long end) {
        if (size > LARGEST && size <= end) {
            throw new ImportException(
                    path,
                    "has a zip directory of %,d bytes, far more than any checkpoint: at most %,d"
                            .formatted(size, LARGEST));
        }
    }
}
