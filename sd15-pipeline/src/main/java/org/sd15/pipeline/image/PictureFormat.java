package org.sd15.pipeline.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The formats that pictures are read from, known by how their files begin. */
enum PictureFormat {

    /** Deflate makes 1032 bytes of one at most, which are eight pixels each in black and white. */
    PNG(1032 * Byte.SIZE, "\\x89PNG\\r\\n\\x1A\\n"),

    /** A block of 8 x 8 pixels has one bit at least. */
    JPEG(8 * 8 * Byte.SIZE, "\\xFF\\xD8\\xFF"),

    /** Equal pixels take no space in a lossless one; this many at most, within reason. */
    WEBP(1 << 14, "RIFF....WEBP"),

    /** A white line of a fax takes a bit, and is as long as paper is wide. */
    TIFF(1 << 15, "II\\*\\x00|MM\\x00\\*"),

    /** A code of twelve bits decodes to 4096 pixels at most. */
    GIF(4096 * Byte.SIZE / 12 + 1, "GIF8"),

    /** Two bytes stand for 255 equal pixels; a file that leaves the rest of its lines out has more, within reason. */
    BMP(1024, "BM");

    private static final int LONGEST_BEGIN = 1024;

    /** A format that is known by name alone. */
    private record Other(String name, Pattern begin) {

        Other(String name, String begin) {
            this(name, Pattern.compile(begin, Pattern.DOTALL));
        }
    }

    private static final List<Other> OTHERS = List.of(
            new Other("AVIF", "....ftypavi[fs]"),
            new Other("HEIC", "....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)"),
            new Other("JPEG XL", "\\xFF\\x0A|\\x00\\x00\\x00\\x0CJXL "),
            new Other("JPEG 2000", "\\x00\\x00\\x00\\x0CjP  |\\xFF\\x4F\\xFF\\x51"),
            new Other("BigTIFF", "II\\+\\x00|MM\\x00\\+"),
            new Other("Photoshop", "8BPS"),
            new Other("SVG", "(<\\?xml.*?)?<svg"),
            new Other("PDF", "%PDF"));

    private final int mostPixelsOfAByte;
    private final Pattern begin;

    PictureFormat(int mostPixelsOfAByte, String begin) {
        this.mostPixelsOfAByte = mostPixelsOfAByte;
        this.begin = Pattern.compile(begin, Pattern.DOTALL);
    }

    /**
     * The format of a file.
     *
     * @throws IOException if it is none of these
     */
    static PictureFormat of(byte[] file) throws IOException {
        String start = new String(file, 0, Math.min(LONGEST_BEGIN, file.length), StandardCharsets.ISO_8859_1);
        return Arrays.stream(values())
                .filter(format -> format.begin.matcher(start).lookingAt())
                .findFirst()
                .orElseThrow(() -> new BadPicture(OTHERS.stream()
                        .filter(other -> other.begin.matcher(start).lookingAt())
                        .findFirst()
                        .map(other -> "is a picture of a format that can't be read, %s; save it as PNG or JPEG"
                                .formatted(other.name))
                        .orElse("not a picture that can be read; PNG, JPEG, WebP, TIFF, BMP and GIF can")));
    }

    /** What a camera or a program says of the picture in a file of this format, if anything. */
    Optional<Exif> exif(byte[] file) throws IOException {
        return switch (this) {
            case PNG -> PngChunks.of(file).exif();
            case JPEG -> new Jpeg(file).exif();
            case WEBP -> WebPChunks.of(file).exif();
            case TIFF -> Optional.of(new Exif(ByteBuffer.wrap(file)));
            case GIF, BMP -> Optional.empty();
        };
    }

    /** The pixels that n bytes can hold; a header that claims more is false. */
    long mostPixels(long bytes) {
        return bytes * mostPixelsOfAByte;
    }
}
