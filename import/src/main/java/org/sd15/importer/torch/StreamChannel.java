package org.sd15.importer.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** The first bytes of a stream as a channel that fills a large buffer in one go. */
final class StreamChannel implements ReadableByteChannel {

    private final InputStream source;
    private long left;
    private boolean open = true;

    StreamChannel(InputStream source, long size) {
        this.source = source;
        this.left = size;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int wanted = (int) Math.min(left, target.remaining());
        if (left == 0) {
            return -1;
        }
        int read = target.hasArray() ? readInPlace(target, wanted) : readByWayOfACopy(target, wanted);
        left -= Math.max(read, 0);
        return read;
    }

    private int readInPlace(ByteBuffer target, int wanted) throws IOException {
        int read = source.read(target.array(), target.arrayOffset() + target.position(), wanted);
        target.position(target.position() + Math.max(read, 0));
        return read;
    }

    private int readByWayOfACopy(ByteBuffer target, int wanted) throws IOException {
        byte[] bytes = source.readNBytes(wanted);
        target.put(bytes);
        return bytes.length == 0 && wanted > 0 ? -1 : bytes.length;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        open = false;
        source.close();
    }
}
