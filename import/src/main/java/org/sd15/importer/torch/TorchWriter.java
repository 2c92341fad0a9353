package org.sd15.importer.torch;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.tensor.TensorSource;

/**
 * Writes what {@code torch.save} would write for a dict: the zip archive that PyTorch reads since 1.6. The same content
 * gives the same bytes.
 */
public final class TorchWriter {

    /** The first moment that a zip archive can name. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private TorchWriter() {}

    /** The bytes of a member, which are asked for twice: a member that is not compressed begins with its checksum. */
    @FunctionalInterface
    private interface Member {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a dict.
     *
     * @param content texts, whole numbers of 32 bits, arrays of fractions, and dicts of them
     * @throws IllegalArgumentException if there is anything else in it
     * @throws IOException if it can't be written; the target is as it was
     */
    public static void write(Path target, Map<String, ?> content) throws IOException {
        PickleOutput output = new PickleOutput();
        byte[] pickle = output.pickle(content);
        List<TensorSource> storages = output.storages();
        AtomicFile.write(target, channel -> {
            ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel));
            add(zip, "data.pkl", out -> out.write(pickle));
            add(zip, "byteorder", text("little"));
            for (int i = 0; i < storages.size(); i++) {
                TensorSource storage = storages.get(i);
                add(zip, "data/" + i, out -> storage.writeTo(Channels.newChannel(out)));
            }
            add(zip, "version", text("3\n"));
            zip.finish();
        });
    }

    private static Member text(String text) {
        return out -> out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void add(ZipOutputStream zip, String name, Member member) throws IOException {
        CRC32 checksum = new CRC32();
        var counted = new Counted(new CheckedOutputStream(OutputStream.nullOutputStream(), checksum));
        member.writeTo(counted);
        ZipEntry entry = new ZipEntry("archive/" + name);
        entry.setTimeLocal(NO_TIME);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(counted.size);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        member.writeTo(zip);
        zip.closeEntry();
    }

    private static final class Counted extends FilterOutputStream {

        private long size;

        Counted(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            size++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            size += length;
        }
    }
}
