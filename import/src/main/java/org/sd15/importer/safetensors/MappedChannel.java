package org.sd15.importer.safetensors;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A stretch of a mapped file as a channel, across windows. */
final class MappedChannel implements ReadableByteChannel {

    private final MappedFile file;
    private long position;
    private final long end;
    private boolean open = true;

    MappedChannel(MappedFile file, long begin, long end) {
        this.file = file;
        this.position = begin;
        this.end = end;
    }

    @Override
    public int read(ByteBuffer target) {
        if (position == end) {
            return -1;
        }
        ByteBuffer source = file.from(position, Math.min(end - position, target.remaining()));
        int size = source.remaining();
        target.put(source);
        position += size;
        return size;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
