package org.sd15.pipeline.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A file in memory that ends. The decoder of WebP takes what is beyond the end for zeros, which it would continue to read
 * for minutes.
 */
final class EndingStream extends MemoryCacheImageInputStream {

    /** Bytes beyond the end that a decoder of a valid file may read ahead. */
    private static final int MOST_BEHIND = 64;

    private int behind;

    EndingStream(byte[] file) {
        super(new ByteArrayInputStream(file));
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        if (value < 0) {
            behind++;
            if (behind > MOST_BEHIND) {
                throw new BadPicture("a damaged picture: it ends too soon");
            }
        }
        return value;
    }
}
