package org.sd15.importer.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A tensor on its way into a file: what it is, and its bytes when they are asked for. */
public sealed interface TensorSource {

    /** Name, shape and format in the new file. */
    TensorInfo info();

    /** Writes all bytes: little-endian, C order. */
    void writeTo(WritableByteChannel channel) throws IOException;

    /**
     * An array in any of the formats it converts to; to a narrower one it is rounded to nearest, ties to even.
     *
     * @param array any order and strides: its logical C order is written
     * @throws IllegalArgumentException if its type does not convert
     */
    static TensorSource of(String name, INDArray array, DType dtype) {
        return of(new TensorInfo(name, dtype, array.shape()), array);
    }

    /**
     * An array under a given description. Dimensions of one at the end may differ, as between a 1x1 convolution and a
     * linear layer.
     *
     * @throws IllegalArgumentException if the shape is another or the type does not convert; the message names both
     */
    static TensorSource of(TensorInfo info, INDArray array) {
        if (!Shapes.equalUpToTrailingOnes(info.shape(), array.shape())) {
            throw new IllegalArgumentException("%s: the array has shape %s, must be %s"
                    .formatted(info.name(), Arrays.toString(array.shape()), Arrays.toString(info.shape())));
        }
        Conversion.between(ArrayMemory.typeOf(array.dataType()), info.dtype());
        return new OfArray(info, array);
    }

    /** A tensor of another file, byte by byte. */
    static TensorSource copy(TensorFile file, String name) {
        return new OfFile(file.info(name), file, name);
    }

    /**
     * A tensor of another file under another description: name, format or, as long as the elements stay in place, shape.
     *
     * @throws IllegalArgumentException if the number of elements is another or the format does not convert
     */
    static TensorSource copy(TensorFile file, String name, TensorInfo as) {
        TensorInfo original = file.info(name);
        if (original.length() != as.length()) {
            throw new IllegalArgumentException("%s can't become %s".formatted(original, as));
        }
        Conversion.between(original.dtype(), as.dtype());
        return new OfFile(as, file, name);
    }

    /** An array in memory. */
    record OfArray(TensorInfo info, INDArray array) implements TensorSource {
        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            ArrayMemory.write(array, info.dtype(), channel);
        }
    }

    /** A tensor of a file. */
    record OfFile(TensorInfo info, TensorFile file, String name) implements TensorSource {

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            TensorInfo original = file.info(name);
            Conversion conversion = Conversion.between(original.dtype(), info.dtype());
            ByteBuffer in = ByteBuffer.allocate(ArrayMemory.CHUNK).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer out =
                    ByteBuffer.allocate(Conversion.MOST_GROWTH * in.capacity()).order(ByteOrder.LITTLE_ENDIAN);
            try (ReadableByteChannel source = file.read(name)) {
                for (long left = original.bytes(); left > 0; left -= in.limit()) {
                    in.clear().limit((int) Math.min(left, in.capacity()));
                    ArrayMemory.readFully(in, source, original);
                    conversion.convert(in, out.clear());
                    ArrayMemory.drain(out.flip(), channel);
                }
            }
        }
    }
}
