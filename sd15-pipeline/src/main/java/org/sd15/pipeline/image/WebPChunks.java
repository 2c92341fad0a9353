package org.sd15.pipeline.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a WebP file by name, the first of each.
 *
 * @see <a href="https://developers.google.com/speed/webp/docs/riff_container">WebP container specification</a>
 */
record WebPChunks(Map<String, ByteBuffer> chunks) {

    private static final int HEADER = 12;
    private static final int OF_CHUNK = 8;
    private static final int SIDE = 0x3FFF;
    private static final byte HAS_ALPHA = 0x10;
    private static final String EXIF = "Exif\0\0";

    static WebPChunks of(byte[] file) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(HEADER);
        Map<String, ByteBuffer> chunks = new LinkedHashMap<>();
        while (rest.remaining() >= OF_CHUNK) {
            byte[] name = new byte[Integer.BYTES];
            rest.get(name);
            long length = rest.getInt() & 0xFFFF_FFFFL;
            if (length > rest.remaining()) {
                throw new BadPicture("a damaged WebP picture: a chunk of %,d bytes at byte %,d of %,d"
                        .formatted(length, rest.position() - OF_CHUNK, file.length));
            }
            chunks.putIfAbsent(
                    new String(name, StandardCharsets.ISO_8859_1), rest.slice().limit((int) length));
            rest.position((int) Math.min(rest.limit(), rest.position() + length + (length & 1)));
        }
        return new WebPChunks(chunks);
    }

    /** What a camera or a program says of the picture, if anything. */
    Optional<Exif> exif() {
        return Optional.ofNullable(chunks.get("EXIF")).map(data -> {
            byte[] begin = new byte[Math.min(EXIF.length(), data.remaining())];
            data.duplicate().get(begin);
            boolean named = new String(begin, StandardCharsets.US_ASCII).equals(EXIF); // as in a JPEG, by mistake
            return new Exif(named ? data.duplicate().position(EXIF.length()) : data);
        });
    }

    /**
     * The file without whatever the pixels don't depend on, under the size of its picture and no other.
     *
     * @throws IOException if it is damaged or moves
     */
    static byte[] pixelsOf(byte[] file) throws IOException {
        Map<String, ByteBuffer> chunks = of(file).chunks;
        if (chunks.containsKey("ANIM") || chunks.containsKey("ANMF")) {
            throw new BadPicture("a moving WebP picture; save one of its pictures as PNG");
        }
        ByteBuffer lossless = chunks.get("VP8L");
        ByteBuffer lossy = chunks.get("VP8 ");
        if (lossless != null) {
            return written(file.length, null, null, lossless);
        }
        if (lossy == null) {
            throw new BadPicture("a damaged WebP picture: there is no picture in it");
        }
        ByteBuffer alpha = chunks.get("ALPH");
        return written(file.length, alpha == null ? null : extended(lossy), alpha, lossy);
    }

    /** The chunk that announces alpha, with the size that the picture itself has at its bytes 6 to 9. */
    private static ByteBuffer extended(ByteBuffer lossy) {
        ByteBuffer frame = lossy.slice().order(ByteOrder.LITTLE_ENDIAN);
        int width = (frame.getShort(6) & SIDE) - 1;
        int height = (frame.getShort(8) & SIDE) - 1;
        ByteBuffer extended = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        extended.putInt(HAS_ALPHA);
        extended.putShort((short) width).put((byte) 0);
        extended.putShort((short) height).put((byte) 0);
        return extended.flip();
    }

    private static byte[] written(
            int length, @Nullable ByteBuffer extended, @Nullable ByteBuffer alpha, ByteBuffer picture) {
        ByteBuffer all = ByteBuffer.allocate(length + 64).order(ByteOrder.LITTLE_ENDIAN);
        all.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(0);
        all.put("WEBP".getBytes(StandardCharsets.US_ASCII));
        put(all, "VP8X", extended);
        put(all, "ALPH", alpha);
        put(all, picture.hasRemaining() && picture.get(0) == 0x2F && extended == null ? "VP8L" : "VP8 ", picture);
        all.putInt(4, all.position() - OF_CHUNK);
        byte[] file = new byte[all.position()];
        all.flip().get(file);
        return file;
    }

    private static void put(ByteBuffer all, String name, @Nullable ByteBuffer data) {
        if (data != null) {
            all.put(name.getBytes(StandardCharsets.US_ASCII)).putInt(data.remaining());
            all.put(data.duplicate());
            if (data.remaining() % 2 == 1) {
                all.put((byte) 0);
            }
        }
    }
}
