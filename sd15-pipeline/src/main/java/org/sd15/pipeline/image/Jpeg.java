package org.sd15.pipeline.image;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What Java does not tell of a JPEG file: how many scans it has, and its Exif structure.
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

    /** What the camera or a program says of the picture, if anything. */
    Optional<Exif> exif() {
        try {
            return exif(ByteBuffer.wrap(bytes).position(2));
        } catch (BufferUnderflowException | IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }

    /** Goes through the segments in front of the picture. */
    private static Optional<Exif> exif(ByteBuffer file) {
        while ((file.get() & 0xFF) == MARKER) {
            int kind = file.get() & 0xFF;
            while (kind == MARKER) { // any number of them may fill up
                kind = file.get() & 0xFF;
            }
            if (kind == START_OF_SCAN) {
                return Optional.empty();
            }
            int length = (file.getShort() & 0xFFFF) - Short.BYTES;
            ByteBuffer segment = file.slice().limit(length);
            if (kind == APP1 && startsWithExif(segment)) {
                return Optional.of(new Exif(segment));
            }
            file.position(file.position() + length);
        }
        return Optional.empty();
    }

    private static boolean startsWithExif(ByteBuffer segment) {
        byte[] name = new byte[EXIF.length()];
        if (segment.remaining() < name.length) {
            return false;
        }
        segment.get(name);
        return new String(name, StandardCharsets.US_ASCII).equals(EXIF);
    }
}
