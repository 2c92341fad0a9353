package org.sd15.importer.torch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.tensor.TensorBounds;
import org.sd15.importer.torch.PickleValue.Storage;

/**
 * The format since PyTorch 1.6: a zip archive with {@code data.pkl} and one member per storage, all in one folder and
 * none compressed.
 */
final class TorchZip implements Storages {

    /** Members of an archive: a storage for each tensor, and a few more. */
    static final int MOST_MEMBERS = TensorBounds.MOST_TENSORS + 100;

    private static final String PICKLE = "/data.pkl";

    private final Path path;
    private final ZipFile zip;
    private final String folder;
    private final FileChannel file;
    private final ZipMembers members;

    /** Where the members are that have been held against their checksums, and -1 for those that failed. */
    private final Map<String, Long> positions = new ConcurrentHashMap<>();

    /**
     * Looks for the members that every archive has.
     *
     * @param zip closed with this
     */
    TorchZip(Path path, ZipFile zip) throws IOException {
        this.path = path;
        this.zip = zip;
        this.folder = folderOf(path, zip);
        checkByteOrder();
        this.file = FileChannel.open(path, StandardOpenOption.READ);
        try {
            this.members = new ZipMembers(path, file);
        } catch (IOException | RuntimeException problem) {
            file.close();
            throw problem;
        }
    }

    private static String folderOf(Path path, ZipFile zip) {
        if (zip.size() > MOST_MEMBERS) {
            throw new ImportException(
                    path, "has %,d members, at most %,d are read".formatted(zip.size(), MOST_MEMBERS));
        }
        List<String> pickles = names(path, zip).stream()
                .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length())
                .toList();
        if (pickles.size() != 1) {
            throw new ImportException(
                    path,
                    "is a zip archive but no PyTorch checkpoint: it has %s data.pkl"
                            .formatted(pickles.isEmpty() ? "no" : "more than one"));
        }
        return pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    }

    private static Set<String> names(Path path, ZipFile zip) {
        Set<String> names = new HashSet<>();
        Iterator<? extends ZipEntry> members = zip.entries().asIterator();
        while (members.hasNext()) {
            String name = next(path, members).getName();
            if (!names.add(name)) {
                throw new ImportException(path, "has two members " + Shown.of(name));
            }
        }
        return names;
    }

    /** The JDK looks at a member's comment only when the member is asked for. */
    private static ZipEntry next(Path path, Iterator<? extends ZipEntry> members) {
        try {
            return members.next();
        } catch (IllegalArgumentException notUtf8) {
            throw new ImportException(
                    path, "is a damaged zip archive: a comment in its directory is not UTF-8", notUtf8);
        }
    }

    private void checkByteOrder() throws IOException {
        if (zip.getEntry(folder + "/byteorder") == null) {
            return; // written before PyTorch 2.0
        }
        try (InputStream in = zip.getInputStream(member("byteorder"))) {
            String order = new String(in.readNBytes(8), StandardCharsets.US_ASCII);
            if (!order.equals("little")) {
                throw new ImportException(
                        path, "has numbers in %s-endian order, only little is supported".formatted(Shown.of(order)));
            }
        }
    }

    InputStream pickle() throws IOException {
        return new BufferedInputStream(zip.getInputStream(member("data.pkl")));
    }

    private ZipEntry member(String name) {
        ZipEntry entry = zip.getEntry(folder + "/" + name);
        if (entry == null) {
            throw new ImportException(path, "the member %s/%s is missing".formatted(Shown.of(folder), Shown.of(name)));
        }
        if (entry.getMethod() != ZipEntry.STORED) {
            throw new ImportException(
                    path, "the member %s is compressed, which PyTorch never does".formatted(Shown.of(entry.getName())));
        }
        return entry;
    }

    @Override
    public void require(Storage storage) {
        ZipEntry entry = member("data/" + storage.key());
        if (entry.getSize() != storage.bytes()) {
            throw new ImportException(
                    path,
                    "the member %s has %,d bytes, the pickle says %,d"
                            .formatted(Shown.of(entry.getName()), entry.getSize(), storage.bytes()));
        }
    }

    @Override
    public InputStream open(Storage storage, long begin, long size) throws IOException {
        ZipEntry entry = member("data/" + storage.key());
        InputStream in = zip.getInputStream(entry);
        if (begin == 0 && size == entry.getSize()) {
            return new VerifiedStream(in, entry, path);
        }
        in.skipNBytes(begin);
        return in;
    }

    @Override
    public OptionalLong position(Storage storage) throws IOException {
        ZipEntry entry = member("data/" + storage.key());
        Long known = positions.get(entry.getName());
        long position = known == null ? verified(entry) : known;
        positions.put(entry.getName(), position);
        return position < 0 ? OptionalLong.empty() : OptionalLong.of(position);
    }

    private long verified(ZipEntry entry) throws IOException {
        OptionalLong found = members.position(entry.getName());
        return found.isPresent()
                        && new MappedPart(path, found.getAsLong(), entry.getSize()).hasChecksum(file, entry.getCrc())
                ? found.getAsLong()
                : -1;
    }

    @Override
    public void close() throws IOException {
        try (file) {
            zip.close();
        }
    }
}
