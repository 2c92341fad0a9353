package org.sd15.pipeline.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A TIFF structure: what a camera or a program says of a picture. What is damaged is as if it were not there.
 *
 * @param tiff from its byte order on
 * @see <a href="https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E">CIPA DC-008, Exif 3.0</a>
 */
record Exif(ByteBuffer tiff) {

    private static final int ORIENTATION = 0x0112;
    private static final int EXIF_DIRECTORY = 0x8769;
    private static final int USER_COMMENT = 0x9286;
    private static final int ENTRY = 12;
    private static final int ENCODING = 8;

    Exif {
        tiff = tiff.slice();
        tiff.order(tiff.hasRemaining() && tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    }

    /** How the picture is to be turned; not at all if no valid orientation is set. */
    Orientation orientation() {
        try {
            int entry = entry(tiff.getInt(4), ORIENTATION);
            return entry < 0 ? Orientation.TOP_LEFT : Orientation.of(tiff.getShort(entry + 8) & 0xFFFF);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException damaged) {
            return Orientation.TOP_LEFT;
        }
    }

    /** The comment of the user, in whichever of the standard's encodings. */
    Optional<String> userComment() {
        try {
            int directory = entry(tiff.getInt(4), EXIF_DIRECTORY);
            int entry = directory < 0 ? -1 : entry(tiff.getInt(directory + 8), USER_COMMENT);
            if (entry < 0) {
                return Optional.empty();
            }
            int length = tiff.getInt(entry + 4);
            byte[] bytes = new byte[Math.min(length, tiff.capacity())];
            tiff.duplicate()
                    .position(length <= Integer.BYTES ? entry + 8 : tiff.getInt(entry + 8))
                    .get(bytes);
            return Optional.of(comment(bytes)).filter(text -> !text.isBlank());
        } catch (BufferUnderflowException
                | IndexOutOfBoundsException
                | NegativeArraySizeException
                | IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }

    /** The position of an entry of a directory; -1 if there is none. */
    private int entry(int directory, int tag) {
        int entries = tiff.getShort(directory) & 0xFFFF;
        for (int i = 0; i < entries; i++) {
            int entry = directory + Short.BYTES + ENTRY * i;
            if ((tiff.getShort(entry) & 0xFFFF) == tag) {
                return entry;
            }
        }
        return -1;
    }

    private String comment(byte[] bytes) {
        String code = new String(bytes, 0, Math.min(ENCODING, bytes.length), StandardCharsets.ISO_8859_1);
        int begin = Math.min(ENCODING, bytes.length);
        Charset charset = code.startsWith("UNICODE") ? utf16(bytes, begin) : StandardCharsets.UTF_8;
        String text = new String(bytes, begin, bytes.length - begin, charset);
        return text.replace("\uFEFF", "").replace("\0", "");
    }

    /**
     * Programs write either order, whatever that of the structure: the zeros of ASCII tell which. A text without any has
     * the order of the structure.
     */
    private Charset utf16(byte[] bytes, int begin) {
        int zerosFirst = 0;
        int zerosSecond = 0;
        for (int i = begin; i + 1 < bytes.length; i += 2) {
            zerosFirst += bytes[i] == 0 ? 1 : 0;
            zerosSecond += bytes[i + 1] == 0 ? 1 : 0;
        }
        boolean big = zerosFirst == zerosSecond ? tiff.order() == ByteOrder.BIG_ENDIAN : zerosFirst > zerosSecond;
        return big ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
    }
}
