package org.sd15.importer.tensor;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;

/**
 * A file of named tensors. Opening one reads and checks what it says about its tensors; their bytes are read when asked
 * for. Several threads may read at once.
 */
public interface TensorFile extends AutoCloseable {

    /** The file. */
    Path path();

    /** Its tensors by name, in the file's order. */
    Map<String, TensorInfo> tensors();

    /** Its own remarks, in the file's order; often empty. */
    Map<String, String> metadata();

    /**
     * The elements of a tensor in C order, little-endian, whatever its size.
     *
     * @throws ImportException if there is no such tensor
     */
    ReadableByteChannel read(String name) throws IOException;

    /**
     * The tensor's bytes as private memory that an array may be a view of: writing to it does not change the file.
     *
     * @return little-endian, aligned to the element size; empty if the file is not mapped that way
     */
    default Optional<ByteBuffer> mapped(String name) {
        return Optional.empty();
    }

    /**
     * The tensor's bytes as memory to read from, where the file is mapped.
     *
     * @return little-endian, aligned to the element size; empty if the file is not mapped
     */
    default Optional<ByteBuffer> mappedForReading(String name) {
        return mapped(name);
    }

    /** Ends reading. Arrays that were loaded keep their content. */
    @Override
    void close() throws IOException;

    /**
     * A tensor's name, shape and format.
     *
     * @throws ImportException if there is no such tensor
     */
    default TensorInfo info(String name) {
        TensorInfo info = tensors().get(name);
        if (info == null) {
            throw new ImportException(
                    path(),
                    "has no tensor %s among its %d"
                            .formatted(Shown.of(name), tensors().size()));
        }
        return info;
    }

    /**
     * The elements of a tensor in C order, little-endian. Read-only.
     *
     * @throws ImportException if there is no such tensor, or one of more than 2 GB; {@link #read} has no such limit
     */
    default ByteBuffer bytes(String name) {
        TensorInfo info = info(name);
        if (info.bytes() > Integer.MAX_VALUE) {
            throw new ImportException(path(), info + " is too large for one buffer");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) info.bytes());
        try (ReadableByteChannel channel = read(name)) {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new EOFException();
                }
            }
        } catch (IOException problem) {
            throw unreadable(info, problem);
        }
        return bytes.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Whether all elements are numbers, none infinite. Reads the tensor through, but not into memory.
     *
     * @throws ImportException if there is no such tensor
     */
    default boolean isFinite(String name) {
        TensorInfo info = info(name);
        try (ReadableByteChannel channel = read(name)) {
            return FiniteCheck.passes(info, channel);
        } catch (IOException problem) {
            throw unreadable(info, problem);
        }
    }

    /**
     * A tensor as an array of the wanted type. Fractions of any format load as {@code FLOAT} or {@code DOUBLE}, whole
     * numbers as {@code INT64}, {@code INT32}, {@code FLOAT} or {@code DOUBLE}, and every format as its own type in ND4J.
     *
     * <p>The array is the caller's. It may be a view of the file's memory mapping: it can be written to, the file
     * stays as it is.
     *
     * @throws ImportException if there is no such tensor, or the type can't hold it
     */
    default INDArray load(String name, DataType as) {
        TensorInfo info = info(name);
        if (!Conversion.exists(info.dtype(), ArrayMemory.typeOf(as))) {
            throw new ImportException(path(), info + " can't be loaded as " + as);
        }
        if (info.dtype() == DType.F32 && as == DataType.FLOAT && ArrayMemory.canWrap()) {
            Optional<ByteBuffer> memory = mapped(name);
            if (memory.isPresent()) {
                return ArrayMemory.wrap(memory.get(), info.shape());
            }
        }
        try (ReadableByteChannel channel = read(name)) {
            return ArrayMemory.read(info, channel, as);
        } catch (ArithmeticException tooLarge) {
            throw new ImportException(path(), "%s is too large for an array".formatted(info), tooLarge);
        } catch (IOException problem) {
            throw unreadable(info, problem);
        }
    }

    /**
     * A tensor of {@code F16} or {@code BF16} as an array of its own type, which takes half the memory, or none where it lies
     * over the file's mapping. It must not be written to: that may end the process.
     *
     * @throws ImportException if there is no such tensor
     */
    default INDArray loadHalf(String name) {
        TensorInfo info = info(name);
        DataType type = info.dtype() == DType.BF16 ? DataType.BFLOAT16 : DataType.HALF;
        Optional<ByteBuffer> memory = ArrayMemory.canWrap() ? mappedForReading(name) : Optional.empty();
        return memory.isPresent() && info.length() > 0
                ? ArrayMemory.wrapHalf(memory.get(), type, info.shape())
                : load(name, type);
    }

    private RuntimeException unreadable(TensorInfo info, IOException problem) {
        return problem instanceof EOFException || problem instanceof ZipException
                ? new ImportException(path(), "is damaged or truncated: can't read " + info, problem)
                : new UncheckedIOException(path() + ": can't read " + info, problem);
    }
}
