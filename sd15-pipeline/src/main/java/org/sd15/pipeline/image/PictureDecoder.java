package org.sd15.pipeline.image;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes pictures of strangers. A header is believed only as far as the rest of the file bears it out, before Java's
 * decoders allocate what it asks for; and they are given what the pixels depend on, no texts, profiles or remarks, which
 * may unpack to gigabytes.
 */
final class PictureDecoder {

    /** Bytes of a file at most. */
    static final long LARGEST_FILE = 128L << 20;

    /** Pixels at most: those of a camera of 50 megapixels. */
    static final long MOST_PIXELS = 8192L * 6144;

    /** Pixels of a side at most. */
    static final int LONGEST_SIDE = 32_768;

    /** What is asked of a file whose header is believed. */
    private interface Reading<T> {

        T of(ImageReader reader) throws IOException;
    }

    private PictureDecoder() {}

    /**
     * Decodes a file.
     *
     * @throws IOException if it is no picture, a damaged or a monstrous one; the message says which, not the file
     */
    static BufferedImage decode(byte[] file) throws IOException {
        return read(file, reader -> reader.read(0));
    }

    /**
     * The size that the header of a file says, by the same checks and without decoding its pixels.
     *
     * @throws IOException as {@link #decode}
     */
    static Dimension size(byte[] file) throws IOException {
        return read(file, reader -> new Dimension(reader.getWidth(0), reader.getHeight(0)));
    }

    private static <T> T read(byte[] file, Reading<T> reading) throws IOException {
        PictureFormat format = PictureFormat.of(file);
        try {
            byte[] pixels = switch (format) {
                case PNG -> PngChunks.pixelsOf(file);
                case GIF -> GifBlocks.firstPictureOf(file);
                case BMP -> BmpHeader.checked(file);
                case WEBP -> WebPChunks.pixelsOf(file);
                case TIFF -> TiffDirectory.checked(file);
                case JPEG -> file;
            };
            return read(format, pixels, reading);
        } catch (
                RuntimeException
                        broken) { // the decoders throw many kinds at damaged files, with messages for programmers
            throw new IOException("a damaged %s picture".formatted(format), broken);
        }
    }

    private static <T> T read(PictureFormat format, byte[] pixels, Reading<T> reading) throws IOException {
        ImageReader reader = reader(format);
        try (ImageInputStream stream = new EndingStream(pixels)) {
            reader.setInput(stream, true, true);
            requireSize(format, pixels, reader.getWidth(0), reader.getHeight(0));
            return reading.of(reader);
        } catch (BadPicture refused) {
            throw refused;
        } catch (IOException broken) {
            String reason = broken.getMessage() == null ? "" : ": " + broken.getMessage();
            throw new BadPicture("a damaged %s picture%s".formatted(format, reason), broken);
        } finally {
            reader.dispose();
        }
    }

    /** Readers of a library are not looked for, as lookups depend on the class loader of a thread. */
    private static ImageReader reader(PictureFormat format) throws IOException {
        return switch (format) {
            case WEBP -> new WebPImageReaderSpi().createReaderInstance();
            case TIFF -> new TIFFImageReaderSpi().createReaderInstance();
            case PNG, JPEG, GIF, BMP ->
                ImageIO.getImageReadersByFormatName(format.name()).next();
        };
    }

    /** Makes sure that a picture can be held, and that its file can have that many pixels. */
    private static void requireSize(PictureFormat format, byte[] file, long width, long height) throws IOException {
        requireSides(width, height);
        if (width * height > format.mostPixels(file.length)) {
            throw tooMany(format, width, height, file.length);
        }
        if (format == PictureFormat.JPEG) {
            new Jpeg(file).requireFewScans(width * height);
        }
    }

    /** Makes sure that a picture can be held. */
    static void requireSides(long width, long height) throws IOException {
        if (width < 1 || height < 1 || width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > MOST_PIXELS) {
            throw new BadPicture(
                    "a picture of %,d x %,d pixels; sides may have up to %,d, and all of it up to %,d: scale it"
                            .formatted(width, height, LONGEST_SIDE, MOST_PIXELS));
        }
    }

    /** What is wrong with a file that is too short for its size. */
    static BadPicture tooMany(PictureFormat format, long width, long height, long bytes) {
        return new BadPicture(
                "a damaged %s picture: %,d x %,d pixels can't be in %,d bytes".formatted(format, width, height, bytes));
    }
}
