package org.sd15.importer.torch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.sd15.importer.io.FileBytes;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.torch.PickleValue.Dict;
import org.sd15.importer.torch.PickleValue.Storage;

/**
 * The format before PyTorch 1.6: five pickles one after the other (a magic number, a version, the machine, the object,
 * the storages' keys), then each storage as its length and its numbers.
 */
final class TorchLegacy implements Storages {

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long VERSION = 1001;

    private final Path path;
    private final FileChannel channel;

    /** The first byte of each storage's numbers. */
    private final Map<String, Long> begins = new HashMap<>();

    private TorchLegacy(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** The object that was saved, and where its storages are. */
    record Content(Unpickler unpickler, Object root, TorchLegacy storages) {}

    static Content open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
            PickleInput pickles = new PickleInput(path, in);
            checkKind(path, new Unpickler(pickles).load(), new Unpickler(pickles), new Unpickler(pickles));
            Unpickler unpickler = new Unpickler(pickles);
            Object root = unpickler.load();
            Object keys = new Unpickler(pickles).load();
            TorchLegacy storages = new TorchLegacy(path, channel);
            storages.locate(keys, pickles.position(), unpickler.storages());
            return new Content(unpickler, root, storages);
        } catch (IOException | RuntimeException problem) {
            channel.close();
            throw problem;
        }
    }

    private static void checkKind(Path path, Object magic, Unpickler version, Unpickler machine) throws IOException {
        if (!MAGIC.equals(magic)) {
            throw new ImportException(
                    path, "is a pickle but no PyTorch checkpoint: its first object is not PyTorch's magic number");
        }
        if (!Long.valueOf(VERSION).equals(version.load())) {
            throw new ImportException(path, "is of another version of PyTorch's old format than " + VERSION);
        }
        if (machine.load() instanceof Dict facts && Boolean.FALSE.equals(facts.get("little_endian"))) {
            throw new ImportException(path, "has numbers in big-endian order, only little is supported");
        }
    }

    private void locate(Object keys, long position, Map<String, Storage> described) throws IOException {
        if (!(keys instanceof List<?> list)) {
            throw new ImportException(path, "has no list of its storages");
        }
        long at = position;
        for (Object key : list) {
            Storage storage = key instanceof String name ? described.get(name) : null;
            if (storage == null) {
                throw new ImportException(path, "lists a storage that no tensor uses");
            }
            long begin = at + Long.BYTES;
            long length = begin <= channel.size()
                    ? FileBytes.read(channel, at, Long.BYTES).getLong()
                    : -1;
            if (length != storage.length() || storage.bytes() > channel.size() - begin) {
                throw new ImportException(
                        path,
                        "is truncated or damaged: storage %s of %,d bytes should begin at byte %,d of %,d"
                                .formatted(Shown.of(storage.key()), storage.bytes(), begin, channel.size()));
            }
            if (begins.put(storage.key(), begin) != null) {
                throw new ImportException(path, "lists storage %s twice".formatted(Shown.of(storage.key())));
            }
            at = begin + storage.bytes();
        }
    }

    @Override
    public void require(Storage storage) {
        if (!begins.containsKey(storage.key())) {
            throw missing(storage);
        }
    }

    private ImportException missing(Storage storage) {
        return new ImportException(path, "the data of storage %s is missing".formatted(Shown.of(storage.key())));
    }

    @Override
    public InputStream open(Storage storage, long begin, long size) {
        Long start = begins.get(storage.key());
        if (start == null) {
            throw missing(storage);
        }
        return new Stretch(channel, start + begin);
    }

    /** This format has no checksums. */
    @Override
    public OptionalLong position(Storage storage) {
        Long start = begins.get(storage.key());
        return start == null ? OptionalLong.empty() : OptionalLong.of(start);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** The file from some byte on, with a position of its own. Closing it leaves the file open for others. */
    private static final class Stretch extends InputStream {

        private final FileChannel file;
        private long position;

        Stretch(FileChannel file, long position) {
            this.file = file;
            this.position = position;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] target, int offset, int size) throws IOException {
            int read = file.read(ByteBuffer.wrap(target, offset, size), position);
            position += Math.max(read, 0);
            return read;
        }
    }
}
