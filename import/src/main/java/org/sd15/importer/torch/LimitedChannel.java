package org.sd15.importer.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** The first bytes of a channel. */
final class LimitedChannel implements ReadableByteChannel {

    private final ReadableByteChannel source;
    private long left;

    LimitedChannel(ReadableByteChannel source, long size) {
        this.source = source;
        this.left = size;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (left == 0) {
            return -1;
        }
        int limit = target.limit();
        target.limit(target.position() + (int) Math.min(left, target.remaining()));
        int read = source.read(target);
        target.limit(limit);
        left -= Math.max(read, 0);
        return read;
    }

    @Override
    public boolean isOpen() {
        return source.isOpen();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
