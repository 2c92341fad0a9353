package org.sd15.importer.tensor;

import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.machine.HostMemory;

/**
 * Between the bytes of a file and the memory of an INDArray, in chunks that stay in the processor's cache: no tensor is
 * ever held twice, and none has a Java object per element.
 *
 * <p>Arrays are made outside any workspace that may be open: weights outlive it.
 */
final class ArrayMemory {

    /** Bytes that are converted at a time, a multiple of every element size. */
    static final int CHUNK = 1 << 17;

    private ArrayMemory() {}

    /**
     * A new array with the elements that a channel delivers.
     *
     * @param info what the channel delivers
     * @param channel little-endian elements in C order; it must deliver exactly the tensor's bytes
     * @param as the array's type
     * @throws EOFException if the channel ends early
     */
    static INDArray read(TensorInfo info, ReadableByteChannel channel, DataType as) throws IOException {
        Conversion conversion = Conversion.between(info.dtype(), typeOf(as));
        INDArray array = outsideWorkspaces(() -> Nd4j.createUninitialized(as, info.shape()));
        if (info.length() == 0) {
            return array;
        }
        try {
            fill(array, channel, info, conversion);
            return array;
        } catch (IOException | RuntimeException incomplete) {
            array.close();
            throw incomplete;
        } finally {
            Reference.reachabilityFence(array);
        }
    }

    private static void fill(INDArray array, ReadableByteChannel channel, TensorInfo info, Conversion conversion)
            throws IOException {
        ByteBuffer in = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        BytePointer target = bytes(array);
        long done = 0;
        for (long left = info.bytes(); left > 0; left -= in.limit()) {
            in.clear().limit((int) Math.min(left, CHUNK));
            readFully(in, channel, info);
            long size = conversion.outputBytes(in.limit());
            conversion.convert(in, view(target, done, size));
            done += size;
        }
        Nd4j.getAffinityManager().tagLocation(array, Location.HOST);
    }

    /** Fills the buffer up to its limit and turns it over. */
    static void readFully(ByteBuffer in, ReadableByteChannel channel, TensorInfo info) throws IOException {
        while (in.hasRemaining()) {
            if (channel.read(in) < 0) {
                throw new EOFException("the data of " + info + " ends early");
            }
        }
        in.flip();
    }

    /**
     * An array that is a view of a file's mapping. The array's buffer holds on to the mapping, and so does every view
     * of the array: the memory stays mapped as long as any of them is in use.
     *
     * @param floats native byte order, aligned to 4 bytes, from its position to its limit
     */
    static INDArray wrap(ByteBuffer floats, long... shape) {
        FloatPointer pointer =
                new FloatPointer(floats.slice().order(ByteOrder.nativeOrder()).asFloatBuffer());
        return outsideWorkspaces(
                () -> Nd4j.create(Nd4j.createBuffer(pointer, pointer.capacity(), DataType.FLOAT), shape));
    }

    /**
     * An array of numbers of 16 bits over the mapping of a file, as {@link #wrap}. It is to be read only.
     *
     * @param halves aligned to 2 bytes, from its position to its limit
     * @param type {@code HALF} or {@code BFLOAT16}
     */
    static INDArray wrapHalf(ByteBuffer halves, DataType type, long... shape) {
        ShortPointer pointer =
                new ShortPointer(halves.slice().order(ByteOrder.nativeOrder()).asShortBuffer());
        return outsideWorkspaces(() -> Nd4j.create(Nd4j.createBuffer(pointer, pointer.capacity(), type), shape));
    }

    /** Whether this machine and its backend can compute on a file's bytes in place. */
    static boolean canWrap() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN && HostMemory.serves();
    }

    /**
     * Writes the elements in C order, whatever the array's strides. A view is copied into order first, for the moment
     * that it takes.
     */
    static void write(INDArray array, DType to, WritableByteChannel channel) throws IOException {
        if (array.isEmpty()) {
            return;
        }
        INDArray ordered = isPlain(array) ? array : outsideWorkspaces(() -> array.dup('c'));
        try {
            writePlain(ordered, to, channel);
        } finally {
            if (ordered != array) {
                ordered.close();
            }
            Reference.reachabilityFence(array);
        }
    }

    private static boolean isPlain(INDArray array) {
        return array.ordering() == 'c' && array.offset() == 0 && Shape.hasDefaultStridesForShape(array);
    }

    private static void writePlain(INDArray array, DType to, WritableByteChannel channel) throws IOException {
        DType from = typeOf(array.dataType());
        Conversion conversion = Conversion.between(from, to);
        Nd4j.getAffinityManager().ensureLocation(array, Location.HOST);
        BytePointer source = bytes(array);
        ByteBuffer out = ByteBuffer.allocate(Conversion.MOST_GROWTH * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        long total = from.bytes(array.length());
        for (long done = 0; done < total; done += CHUNK) {
            conversion.convert(view(source, done, Math.min(CHUNK, total - done)), out.clear());
            drain(out.flip(), channel);
        }
    }

    @SuppressWarnings("try") // the scope is used by being open
    private static INDArray outsideWorkspaces(Supplier<INDArray> maker) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return maker.get();
        }
    }

    static void drain(ByteBuffer out, WritableByteChannel channel) throws IOException {
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    static DType typeOf(DataType type) {
        return DType.of(type)
                .orElseThrow(() -> new IllegalArgumentException("arrays of type " + type + " have no file format"));
    }

    private static BytePointer bytes(INDArray array) {
        BytePointer pointer = new BytePointer(array.data().pointer());
        pointer.position(0).limit(0).capacity(array.length() * array.dataType().width());
        return pointer;
    }

    /** Native memory, which on every machine that ND4J runs on is little-endian. */
    private static ByteBuffer view(BytePointer memory, long from, long size) {
        return memory.position(from).limit(from + size).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
}
