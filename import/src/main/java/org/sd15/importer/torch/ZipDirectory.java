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

    private static final int LOCATOR_64 = 0x07064b50;
    private static final int LOCATOR_64_BYTES = 20;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_BYTES = 56;
    private static final int SIZE_64 = 40;

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
        if (end < LOCATOR_64_BYTES) {
            return;
        }
        ByteBuffer locator = FileBytes.read(file, end - LOCATOR_64_BYTES, LOCATOR_64_BYTES);
        long at = locator.getLong(Long.BYTES);
        if (locator.getInt(0) != LOCATOR_64 || at < 0 || at > file.size() - END_64_BYTES) {
            return;
        }
        ByteBuffer large = FileBytes.read(file, at, END_64_BYTES);
        if (large.getInt(0) == END_64) {
            checkSize(large.getLong(SIZE_64), at);
        }
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
