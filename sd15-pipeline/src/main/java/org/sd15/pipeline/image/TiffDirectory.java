package org.sd15.pipeline.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The first directory of a TIFF file, the others only counted, which is not believed further than the file bears it out.
 *
 * @param file in its order of bytes
 * @param entries by tag, their positions
 * @see <a href="https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf">TIFF 6.0</a>
 */
record TiffDirectory(ByteBuffer file, Map<Integer, Integer> entries) {

    private static final int SUBFILE_TYPE = 254;
    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int PHOTOMETRIC = 262;
    private static final int STRIP_OFFSETS = 273;
    private static final int SAMPLES = 277;
    private static final int STRIP_LENGTHS = 279;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_LENGTHS = 325;
    private static final int SAMPLE_FORMAT = 339;

    private static final int REDUCED = 1;
    private static final int FOUR_COLOURS = 5;
    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int ENTRY = 12;

    /** Bytes of a value by its type. */
    private static final int[] BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    /** Tiles are this much larger than their picture at most: pictures smaller than a tile are usual. */
    private static final long LARGEST_TILE = 1 << 20;

    /**
     * A file whose directory keeps to its length.
     *
     * @throws IOException if it does not, or its pixels are none that can be read
     */
    static byte[] checked(byte[] bytes) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(bytes);
        file.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        TiffDirectory directory = new TiffDirectory(file, new TreeMap<>());
        directory.read();
        directory.require();
        return bytes;
    }

    /** How many pages there are, without previews, as far as the file is whole. */
    static int pages(byte[] bytes) {
        ByteBuffer file = ByteBuffer.wrap(bytes);
        file.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int pages = 0;
        Set<Integer> seen = new HashSet<>();
        int begin = file.getInt(4);
        while (begin > 0 && begin + Short.BYTES <= bytes.length && seen.add(begin)) {
            int count = file.getShort(begin) & 0xFFFF;
            int end = begin + Short.BYTES + ENTRY * count;
            if (end + Integer.BYTES > bytes.length) {
                break;
            }
            pages += isPreview(file, begin + Short.BYTES, end) ? 0 : 1;
            begin = file.getInt(end);
        }
        return pages;
    }

    private static boolean isPreview(ByteBuffer file, int begin, int end) {
        for (int entry = begin; entry < end; entry += ENTRY) {
            if ((file.getShort(entry) & 0xFFFF) == SUBFILE_TYPE) {
                return (file.getInt(entry + 8) & REDUCED) != 0;
            }
        }
        return false;
    }

    private void read() throws IOException {
        int begin = file.getInt(4);
        int count = file.getShort(begin) & 0xFFFF;
        for (int i = 0; i < count; i++) {
            int entry = begin + Short.BYTES + ENTRY * i;
            int type = file.getShort(entry + 2) & 0xFFFF;
            long length = (file.getInt(entry + 4) & 0xFFFF_FFFFL) * (type < BYTES.length ? BYTES[type] : 1);
            boolean inside =
                    length <= Integer.BYTES || (file.getInt(entry + 8) & 0xFFFF_FFFFL) + length <= file.capacity();
            if (!inside) {
                throw new BadPicture("a damaged TIFF picture: tag %d has %,d bytes, which are not in the file"
                        .formatted(file.getShort(entry) & 0xFFFF, length));
            }
            entries.put(file.getShort(entry) & 0xFFFF, entry);
        }
    }

    private void require() throws IOException {
        long width = first(WIDTH, 0);
        long height = first(HEIGHT, 0);
        PictureDecoder.requireSides(width, height);
        long bits = first(BITS, 1);
        if (bits > 16 || first(SAMPLE_FORMAT, 1) != 1) {
            throw new BadPicture("a TIFF picture with samples that are no whole numbers up to 16 bits; save it as PNG");
        }
        if (first(PHOTOMETRIC, 1) == FOUR_COLOURS || first(SAMPLES, 1) > 4) {
            throw new BadPicture("a TIFF picture in four colours (CMYK) or more; save it in RGB");
        }
        long tile = first(TILE_WIDTH, 1) * first(TILE_HEIGHT, 1);
        if (tile < 1 || tile > Math.max(LARGEST_TILE, width * height)) {
            throw new BadPicture("a damaged TIFF picture: tiles of %,d pixels in a picture of %,d x %,d"
                    .formatted(tile, width, height));
        }
        requireInside(STRIP_OFFSETS, STRIP_LENGTHS);
        requireInside(TILE_OFFSETS, TILE_LENGTHS);
    }

    private void requireInside(int offsets, int lengths) throws IOException {
        for (long i = 0; i < Math.min(count(offsets), count(lengths)); i++) {
            if (value(offsets, i) + value(lengths, i) > file.capacity()) {
                throw new BadPicture("a damaged TIFF picture: pixels at bytes %,d to %,d of %,d"
                        .formatted(value(offsets, i), value(offsets, i) + value(lengths, i), file.capacity()));
            }
        }
    }

    private long first(int tag, long usual) throws IOException {
        return count(tag) == 0 ? usual : value(tag, 0);
    }

    private long count(int tag) {
        Integer entry = entries.get(tag);
        return entry == null ? 0 : file.getInt(entry + 4) & 0xFFFF_FFFFL;
    }

    private long value(int tag, long index) throws IOException {
        int entry = java.util.Objects.requireNonNull(entries.get(tag));
        int type = file.getShort(entry + 2);
        if (type != SHORT && type != LONG) {
            throw new BadPicture("a damaged TIFF picture: tag %d is no whole number".formatted(tag));
        }
        int bytes = BYTES[type];
        int begin = count(tag) * bytes <= Integer.BYTES ? entry + 8 : file.getInt(entry + 8);
        int at = Math.toIntExact(begin + index * bytes);
        return type == SHORT ? file.getShort(at) & 0xFFFF : file.getInt(at) & 0xFFFF_FFFFL;
    }
}
