package org.sd15.attention.fused.onednn;

import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/** Memory of a session that its programs use one after the other; as large as the largest of them needs. */
public final class Scratch implements AutoCloseable {

    static final long ALIGNMENT = 64;

    private @Nullable BytePointer block;

    /** The address of at least n bytes, aligned. What lay there is lost when it grows. */
    long address(long bytes) {
        BytePointer current = block;
        if (current == null || current.capacity() < bytes + ALIGNMENT) {
            close();
            current = new BytePointer(bytes + ALIGNMENT);
            block = current;
        }
        return align(current.address());
    }

    static long align(long address) {
        return (address + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Frees the memory; the next program takes new. */
    @Override
    public void close() {
        if (block != null) {
            block.deallocate();
            block = null;
        }
    }
}
