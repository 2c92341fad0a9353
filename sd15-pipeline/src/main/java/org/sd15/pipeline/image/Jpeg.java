package org.sd15.pipeline.image;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What Java does not tell of a JPEG file: how the camera was held.
 *
 * @param bytes the file
 */
record Jpeg(byte[] bytes) {

    private static final int MARKER = 0xFF;
    private static final int APP1 = 0xE1;
    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;

    /** Scans at most. A progressive file has ten, one that was squeezed by trying all ways some fifty. */
    private static final int MOST_SCANS = 100;

    /**
     * Each scan goes over all pixels, and a scan without news for them takes hardly a byte. Even a progressive picture of
     * one colour has fewer pixels times scans than this for each of its bytes.
     */
    private static final int MOST_SCANNED_OF_A_BYTE = 2048;

    /** Pixels times scans that any file may have, as small as it is: half a second's work. */
    private static final long FREELY_SCANNED = 40_000_000;

    private static final String EXIF = "Exif\0\0";
    private static final int ORIENTATION = 0x0112;

    /** The orientations of the Exif standard, by their numbers: what the first row and the first column of the file show. */
    private enum Orientation {
        TOP_LEFT(false, false, false),
        TOP_RIGHT(false, true, false),
        BOTTOM_RIGHT(false, true, true),
        BOTTOM_LEFT(false, false, true),
        LEFT_TOP(true, false, false),
        RIGHT_TOP(true, false, true),
        RIGHT_BOTTOM(true, true, true),
        LEFT_BOTTOM(true, true, false);

        private final boolean swapped;
        private final boolean fromRight;
        private final boolean fromBottom;

        Orientation(boolean swapped, boolean fromRight, boolean fromBottom) {
            this.swapped = swapped;
            this.fromRight = fromRight;
            this.fromBottom = fromBottom;
        }
    }

    /** Whether a file begins as a JPEG does. */
    boolean isOne() {
        return bytes.length > 2 && (bytes[0] & 0xFF) == MARKER && (bytes[1] & 0xFF) == 0xD8;
    }

    /**
     * Makes sure that decoding ends in reasonable time.
     *
     * @throws IOException if the scans are more than the file's size explains
     */
    void requireFewScans(long pixels) throws IOException {
        long scans = scans();
        long most = Math.max(FREELY_SCANNED, (long) MOST_SCANNED_OF_A_BYTE * bytes.length);
        if (scans > MOST_SCANS || scans * pixels > most) {
            throw new BadPicture(
                    "a JPEG picture of %,d pixels in %,d scans and %,d bytes, which would take too long to decode; save it anew"
                            .formatted(pixels, scans, bytes.length));
        }
    }

    /** Marks of scans: 0xFF is followed by another byte wherever it is no marker. */
    private long scans() {
        long scans = 0;
        int at = 2;
        while (at + 1 < bytes.length) {
            int kind = bytes[at + 1] & 0xFF;
            if ((bytes[at] & 0xFF) != MARKER || kind == MARKER) {
                at++;
            } else if (kind == END_OF_IMAGE) {
                break;
            } else {
                scans += kind == START_OF_SCAN ? 1 : 0;
                at += 2 + segment(kind, at + 2);
            }
        }
        return scans;
    }

    /** The bytes behind a marker that are not to be searched: its parameters. */
    private int segment(int kind, int at) {
        boolean alone = kind <= 1 || (kind >= 0xD0 && kind <= 0xD8); // nothing, temporary, restart, start of image
        return alone || at + 1 >= bytes.length ? 0 : ((bytes[at] & 0xFF) << Byte.SIZE) | (bytes[at + 1] & 0xFF);
    }

    /** The image as it is to be seen, as Pillow's {@code exif_transpose} turns it. */
    BufferedImage upright(BufferedImage image) {
        Orientation orientation = orientation();
        if (orientation == Orientation.TOP_LEFT) {
            return image;
        }
        int across = image.getWidth();
        int down = image.getHeight();
        int width = orientation.swapped ? down : across;
        int height = orientation.swapped ? across : down;
        WritableRaster turned = image.getRaster().createCompatibleWritableRaster(width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = orientation.swapped ? y : x;
                int row = orientation.swapped ? x : y;
                Object pixel = image.getRaster()
                        .getDataElements(
                                orientation.fromRight ? across - 1 - column : column,
                                orientation.fromBottom ? down - 1 - row : row,
                                null);
                turned.setDataElements(x, y, pixel);
            }
        }
        return new BufferedImage(image.getColorModel(), turned, image.isAlphaPremultiplied(), null);
    }

    /** The first one if the file says nothing, or nothing that makes sense. */
    private Orientation orientation() {
        try {
            int number = number(ByteBuffer.wrap(bytes).position(2));
            return Orientation.values()[number >= 1 && number <= 8 ? number - 1 : 0];
        } catch (BufferUnderflowException | IllegalArgumentException damaged) {
            return Orientation.TOP_LEFT;
        }
    }

    /** Goes through the segments in front of the picture. */
    private static int number(ByteBuffer file) {
        while ((file.get() & 0xFF) == MARKER) {
            int kind = file.get() & 0xFF;
            while (kind == MARKER) { // any number of them may fill up
                kind = file.get() & 0xFF;
            }
            if (kind == START_OF_SCAN) {
                return 1;
            }
            int length = (file.getShort() & 0xFFFF) - Short.BYTES;
            ByteBuffer segment = file.slice().limit(length);
            if (kind == APP1 && startsWithExif(segment)) {
                return ofExif(segment.slice());
            }
            file.position(file.position() + length);
        }
        return 1;
    }

    private static boolean startsWithExif(ByteBuffer segment) {
        byte[] name = new byte[EXIF.length()];
        if (segment.remaining() < name.length) {
            return false;
        }
        segment.get(name);
        return new String(name, StandardCharsets.US_ASCII).equals(EXIF);
    }

    /** The first directory of a TIFF structure. */
    private static int ofExif(ByteBuffer tiff) {
        tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.position(4).getInt();
        int entries = tiff.position(directory).getShort() & 0xFFFF;
        for (int i = 0; i < entries; i++) {
            int entry = directory + Short.BYTES + 12 * i;
            if ((tiff.position(entry).getShort() & 0xFFFF) == ORIENTATION) {
                return tiff.position(entry + 8).getShort() & 0xFFFF;
            }
        }
        return 1;
    }
}
