package org.sd15.pipeline.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a BMP file.
 *
 * @see <a href="https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-header-types">Bitmap Header Types</a>
 */
final class BmpHeader {

    private static final int FILE_SIZE = 2;
    private static final int INFO = 14;
    private static final int OLD_SIZE = 12;
    private static final int USUAL_SIZE = 40;
    private static final int LARGEST_SIZE = 124;
    private static final int LARGEST_PALETTE = 256;

    /** Where the largest header tells the colour space, and what sRGB is called there. */
    private static final int COLOUR_SPACE = INFO + 56;

    private static final int SRGB = 0x73524742;

    private BmpHeader() {}

    /**
     * The file, without a colour profile, which may be another file's name.
     *
     * @throws IOException if the file can't have the pixels or the colours that its header claims
     */
    static byte[] checked(byte[] file) throws IOException {
        byte[] copy = file.clone();
        ByteBuffer header = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(FILE_SIZE, file.length); // the decoder would allocate what it says
        int size = header.getInt(INFO);
        if (size == OLD_SIZE) {
            requireRows(
                    header,
                    header.getShort(INFO + 4) & 0xFFFF,
                    header.getShort(INFO + 6) & 0xFFFF,
                    header.getShort(INFO + 10));
        } else if (size >= USUAL_SIZE && size <= LARGEST_SIZE) {
            requireUsual(header);
            if (size == LARGEST_SIZE) {
                header.putInt(COLOUR_SPACE, SRGB);
            }
        } else {
            throw new BadPicture("a damaged BMP picture: a header of %,d bytes".formatted(size));
        }
        return copy;
    }

    private static void requireUsual(ByteBuffer header) throws IOException {
        int bits = header.getShort(INFO + 14);
        int compression = header.getInt(INFO + 16);
        int colours = header.getInt(INFO + 32);
        if (colours < 0 || colours > LARGEST_PALETTE) {
            throw new BadPicture("a damaged BMP picture: a palette of %,d colours".formatted(colours & 0xFFFF_FFFFL));
        }
        PictureDecoder.requireSides(header.getInt(INFO + 4), Math.abs((long) header.getInt(INFO + 8)));
        switch (compression) {
            case 0, 3 -> requireRows(header, header.getInt(INFO + 4), header.getInt(INFO + 8), bits);
            case 1, 2 -> { // by runs: as many pixels as the bytes can hold are believed
                int data = header.getInt(INFO + 20);
                header.putInt(INFO + 20, Math.min(Math.max(data, 0), header.capacity()));
            }
            default ->
                throw new BadPicture("a BMP picture that is compressed in a way that can't be read (%d); save it as PNG"
                        .formatted(compression));
        }
    }

    /** Rows are filled up to four bytes each. */
    private static void requireRows(ByteBuffer header, long width, long height, int bits) throws IOException {
        double needed = Math.ceil((double) width * bits / Integer.SIZE) * Integer.BYTES * Math.abs(height);
        if (bits < 1 || needed > header.capacity()) {
            throw PictureDecoder.tooMany(PictureFormat.BMP, width, Math.abs(height), header.capacity());
        }
    }
}
