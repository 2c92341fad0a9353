package org.sd15.importer.torch;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.torch.PickleValue.Tensor;

/**
 * A checkpoint that {@code torch.save} has written: a dict of tensors, a module's state dict, or a training checkpoint
 * around one. Its pickle runs no code, see the package.
 *
 * <p>A tensor whose elements lie side by side and aligned, as they do in what torch has written since 1.6, is not copied
 * where its format is the array's: the array is a view of the mapped file, once the archive's checksum was found right.
 * That memory is private to the process, see {@link org.sd15.importer.safetensors.SafetensorsFile}.
 *
 * <p>{@link #metadata()} has the texts and whole numbers that are beside the tensors.
 */
public final class TorchFile implements TensorFile {

    private static final long LARGEST_STRIDED = 1 << 30;

    private final Path path;
    private final Storages storages;
    private final Map<String, Tensor> tensors;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, String> metadata;

    private TorchFile(Path path, Storages storages, Unpickler unpickler, Object root) throws IOException {
        this.path = path;
        this.storages = storages;
        unpickler.storages().values().forEach(storages::require);
        StateDict state = StateDict.of(path, root);
        this.tensors = state.tensors();
        this.metadata = Collections.unmodifiableMap(state.remarks());
        long size = Files.size(path);
        tensors.forEach((name, tensor) -> infos.put(name, describe(name, tensor, size)));
    }

    /** An expanded tensor can be larger than its storage, but no real one is larger than the file. */
    private TensorInfo describe(String name, Tensor tensor, long fileSize) {
        TensorInfo info = new TensorInfo(name, tensor.dtype, tensor.shape);
        if (info.bytes() > fileSize) {
            throw new ImportException(path, "%s would take more bytes than the file has".formatted(info));
        }
        return info;
    }

    /**
     * Opens a zip archive, the format since PyTorch 1.6.
     *
     * @throws ImportException if it is damaged, or its pickle wants anything but tensors
     */
    public static TorchFile openZip(Path path) throws IOException {
        try {
            ZipDirectory.check(path);
            return openArchive(path, new ZipFile(path.toFile()));
        } catch (ZipException | EOFException damaged) {
            String what = damaged.getMessage() == null ? "it ends too early" : damaged.getMessage();
            throw new ImportException(path, "is a damaged or truncated zip archive: " + what, damaged);
        }
    }

    private static TorchFile openArchive(Path path, ZipFile zip) throws IOException {
        TorchZip storages = storages(path, zip);
        try (InputStream in = storages.pickle()) {
            Unpickler unpickler = new Unpickler(new PickleInput(path, in));
            return new TorchFile(path, storages, unpickler, unpickler.load());
        } catch (IOException | RuntimeException problem) {
            storages.close();
            throw problem;
        }
    }

    private static TorchZip storages(Path path, ZipFile zip) throws IOException {
        try {
            return new TorchZip(path, zip);
        } catch (IOException | RuntimeException problem) {
            zip.close();
            throw problem;
        }
    }

    /**
     * Opens a file of the format before PyTorch 1.6.
     *
     * @throws ImportException if it is damaged, or its pickle wants anything but tensors
     */
    public static TorchFile openLegacy(Path path) throws IOException {
        TorchLegacy.Content content = TorchLegacy.open(path);
        try {
            return new TorchFile(path, content.storages(), content.unpickler(), content.root());
        } catch (IOException | RuntimeException problem) {
            content.storages().close();
            throw problem;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public ReadableByteChannel read(String name) throws IOException {
        TensorInfo info = info(name);
        Tensor tensor = Objects.requireNonNull(tensors.get(name));
        long begin = tensor.dtype.bytes(tensor.offset);
        if (tensor.isContiguous()) {
            return new StreamChannel(storages.open(tensor.storage, begin, info.bytes()), info.bytes());
        }
        long size = tensor.dtype.bytes(tensor.span());
        if (Math.max(size, info.bytes()) > LARGEST_STRIDED) {
            throw new ImportException(path, info + " has strides and more than 1 GB, which is not supported");
        }
        byte[] span;
        try (InputStream source = storages.open(tensor.storage, begin, size)) {
            span = source.readNBytes((int) size);
        }
        if (span.length < size) {
            throw new EOFException();
        }
        return new StreamChannel(new ByteArrayInputStream(Strides.gather(span, tensor)), info.bytes());
    }

    @Override
    public Optional<ByteBuffer> mapped(String name) {
        return memory(name, false);
    }

    @Override
    public Optional<ByteBuffer> mappedForReading(String name) {
        return memory(name, true);
    }

    /** What can't be mapped is read, and that says what is wrong with it. */
    private Optional<ByteBuffer> memory(String name, boolean forReading) {
        TensorInfo info = info(name);
        Tensor tensor = Objects.requireNonNull(tensors.get(name));
        try {
            OptionalLong start = tensor.isContiguous() ? storages.position(tensor.storage) : OptionalLong.empty();
            return start.isEmpty()
                    ? Optional.empty()
                    : new MappedPart(path, start.getAsLong() + tensor.dtype.bytes(tensor.offset), info.bytes())
                            .memory(info, forReading);
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        storages.close();
    }
}
