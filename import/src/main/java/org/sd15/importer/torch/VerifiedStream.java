package org.sd15.importer.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;

/** A member of an archive, read from its first byte to its last and then held against its checksum. */
final class VerifiedStream extends CheckedInputStream {

    private final ZipEntry entry;
    private final Path path;
    private long left;

    VerifiedStream(InputStream in, ZipEntry entry, Path path) {
        super(in, new CRC32());
        this.entry = entry;
        this.path = path;
        this.left = entry.getSize();
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        account(value < 0 ? 0 : 1);
        return value;
    }

    @Override
    public int read(byte[] target, int offset, int size) throws IOException {
        int read = super.read(target, offset, size);
        account(Math.max(read, 0));
        return read;
    }

    private void account(int read) {
        left -= read;
        if (left == 0 && getChecksum().getValue() != entry.getCrc()) {
            throw new ImportException(
                    path, "the member %s is damaged: its checksum is wrong".formatted(Shown.of(entry.getName())));
        }
    }
}
