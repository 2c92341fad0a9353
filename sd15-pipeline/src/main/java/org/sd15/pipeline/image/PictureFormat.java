package org.sd15.pipeline.image;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The formats that pictures are read from, known by how their files begin. */
enum PictureFormat {

    /** Deflate makes 1032 bytes of one at most, which are eight pixels each in black and white. */
    PNG(1032 * Byte.SIZE, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'),

    /** A block of 8 x 8 pixels has one bit at least. */
    JPEG(8 * 8 * Byte.SIZE, 0xFF, 0xD8, 0xFF),

    /** A code of twelve bits stands for 4096 pixels at most. */
    GIF(4096 * Byte.SIZE / 12 + 1, 'G', 'I', 'F', '8'),

    /** Two bytes stand for 255 equal pixels; a file that leaves the rest of its lines out has more, within reason. */
    BMP(1024, 'B', 'M');

    private final int mostPixelsOfAByte;
    private final List<Integer> begin;

    PictureFormat(int mostPixelsOfAByte, int... begin) {
        this.mostPixelsOfAByte = mostPixelsOfAByte;
        this.begin = Arrays.stream(begin).boxed().toList();
    }

    /**
     * The format of a file.
     *
     * @throws IOException if it is none of these
     */
    static PictureFormat of(byte[] file) throws IOException {
        return Arrays.stream(values())
                .filter(format -> format.fits(file))
                .findFirst()
                .orElseThrow(() -> new IOException("not a picture that can be read; PNG, JPEG, BMP and GIF can"));
    }

    private boolean fits(byte[] file) {
        if (file.length < begin.size()) {
            return false;
        }
        for (int i = 0; i < begin.size(); i++) {
            if ((file[i] & 0xFF) != begin.get(i)) {
                return false;
            }
        }
        return true;
    }

    /** What a camera or a program says of the picture in a file of this format, if anything. */
    Optional<Exif> exif(byte[] file) throws IOException {
        return switch (this) {
            case PNG -> PngChunks.of(file).exif();
            case JPEG -> new Jpeg(file).exif();
            case GIF, BMP -> Optional.empty();
        };
    }

    /** The pixels that so many bytes can hold; a header that speaks of more is a lie. */
    long mostPixels(long bytes) {
        return bytes * mostPixelsOfAByte;
    }
}
