package org.sd15.importer.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;

/** Infinite values and those that are not a number have an exponent of ones only; the rest of the bits doesn't matter. */
final class FiniteCheck {

    private FiniteCheck() {}

    static boolean passes(TensorInfo info, ReadableByteChannel channel) throws IOException {
        if (!info.dtype().isFloating()) {
            return true;
        }
        ByteBuffer chunk = ByteBuffer.allocate(ArrayMemory.CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        for (long left = info.bytes(); left > 0; left -= chunk.limit()) {
            chunk.clear().limit((int) Math.min(left, chunk.capacity()));
            ArrayMemory.readFully(chunk, channel, info);
            while (chunk.hasRemaining()) {
                if (!nextIsFinite(info.dtype(), chunk)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean nextIsFinite(DType dtype, ByteBuffer chunk) {
        return switch (dtype) {
            case F64 -> Double.isFinite(chunk.getDouble());
            case F32 -> Float.isFinite(chunk.getFloat());
            case F16 -> (chunk.getShort() & 0x7c00) != 0x7c00;
            case BF16 -> (chunk.getShort() & 0x7f80) != 0x7f80;
            case F8_E5M2 -> (chunk.get() & 0x7c) != 0x7c;
            case F8_E4M3 -> (chunk.get() & 0x7f) != 0x7f;
            default -> true;
        };
    }
}
