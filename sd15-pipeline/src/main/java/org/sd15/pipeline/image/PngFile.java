package org.sd15.pipeline.image;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import org.sd15.importer.io.AtomicFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** PNG files that carry the parameters of their picture in text chunks. */
public final class PngFile {

    private static final Logger LOG = LoggerFactory.getLogger(PngFile.class);

    private static final String FORMAT = "javax_imageio_png_1.0";

    private PngFile() {}

    /**
     * Writes a picture aside and moves it into place.
     *
     * @param texts text chunks by keyword: {@code tEXt}, or {@code iTXt} where a text is not in Latin-1
     */
    public static void write(Path path, BufferedImage image, Map<String, String> texts) throws IOException {
        AtomicFile.write(path, encode(image, texts));
    }

    /** The bytes of a PNG file. */
    public static byte[] encode(BufferedImage image, Map<String, String> texts) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
            IIOMetadata metadata = writer.getDefaultImageMetadata(
                    ImageTypeSpecifier.createFromRenderedImage(image), writer.getDefaultWriteParam());
            metadata.mergeTree(FORMAT, chunks(texts));
            writer.setOutput(stream);
            writer.write(new IIOImage(image, null, metadata));
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** A text in Latin-1 goes into the older chunk, as with Pillow and so the web UI: some readers know no other. */
    private static IIOMetadataNode chunks(Map<String, String> texts) {
        IIOMetadataNode root = new IIOMetadataNode(FORMAT);
        texts.forEach((keyword, text) -> {
            boolean latin = StandardCharsets.ISO_8859_1.newEncoder().canEncode(text);
            IIOMetadataNode chunk = new IIOMetadataNode(latin ? "tEXt" : "iTXt");
            chunk.appendChild(latin ? plain(keyword, text) : international(keyword, text));
            root.appendChild(chunk);
        });
        return root;
    }

    private static IIOMetadataNode plain(String keyword, String text) {
        IIOMetadataNode entry = new IIOMetadataNode("tEXtEntry");
        entry.setAttribute("keyword", keyword);
        entry.setAttribute("value", text);
        return entry;
    }

    private static IIOMetadataNode international(String keyword, String text) {
        IIOMetadataNode entry = new IIOMetadataNode("iTXtEntry");
        entry.setAttribute("keyword", keyword);
        entry.setAttribute("compressionFlag", "FALSE");
        entry.setAttribute("compressionMethod", "0");
        entry.setAttribute("languageTag", "");
        entry.setAttribute("translatedKeyword", "");
        entry.setAttribute("text", text);
        return entry;
    }

    /**
     * Reads a picture: PNG, JPEG, WebP, TIFF, BMP or GIF; of several in a file the first, and says so. A photograph is
     * turned as its camera was, if it has that in Exif.
     *
     * @throws IOException if there is no such file, it is no picture, a damaged one, or one that is too large: with more than
     *     128 MB, 50 million pixels, or 32,768 in a side; the message names the file
     */
    public static BufferedImage read(Path path) throws IOException {
        byte[] file = bytes(path);
        try {
            BufferedImage image = decode(file);
            int pictures = pictures(PictureFormat.of(file), file);
            if (pictures > 1) {
                LOG.warn("{}: has {} pictures, of which the first is read", path, pictures);
            }
            return image;
        } catch (IOException problem) {
            throw new IOException("%s: %s".formatted(path, problem.getMessage()), problem);
        }
    }

    /**
     * A picture of the bytes of a file, as {@link #read} reads it.
     *
     * @throws IOException if it is no picture, a damaged one, or one that is too large
     */
    public static BufferedImage decode(byte[] file) throws IOException {
        if (file.length > PictureDecoder.LARGEST_FILE) {
            throw new BadPicture(
                    "has %,d bytes; pictures may have up to %,d".formatted(file.length, PictureDecoder.LARGEST_FILE));
        }
        BufferedImage image = PictureDecoder.decode(file);
        PictureFormat format = PictureFormat.of(file);
        if (format == PictureFormat.JPEG && image.getRaster().getNumBands() > 3) {
            throw new BadPicture("a JPEG in four colours (CMYK), which Java mixes up; save it in RGB");
        }
        return format.exif(file)
                .map(Exif::orientation)
                .orElse(Orientation.TOP_LEFT)
                .upright(image);
    }

    /**
     * The size of a picture in pixels, before it is turned, by the checks of {@link #read} and without decoding it.
     *
     * @param file its bytes
     * @throws IOException if it is no picture, a damaged one, or one that is too large
     */
    public static Dimension size(byte[] file) throws IOException {
        return PictureDecoder.size(file);
    }

    private static int pictures(PictureFormat format, byte[] file) {
        return switch (format) {
            case GIF -> GifBlocks.pictures(file);
            case TIFF -> TiffDirectory.pages(file);
            case PNG, JPEG, WEBP, BMP -> 1;
        };
    }

    static byte[] bytes(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new IOException(path + ": no such picture");
        }
        if (Files.size(path) > PictureDecoder.LARGEST_FILE) {
            throw new IOException("%s: has %,d bytes; pictures may have up to %,d"
                    .formatted(path, Files.size(path), PictureDecoder.LARGEST_FILE));
        }
        return Files.readAllBytes(path);
    }

    /**
     * The text chunks of a PNG file by keyword, of whichever kind.
     *
     * @throws IOException if the file is no PNG file; the message names it
     */
    public static Map<String, String> texts(Path path) throws IOException {
        byte[] file = bytes(path);
        try {
            if (PictureFormat.of(file) != PictureFormat.PNG) {
                throw new BadPicture("is no PNG file");
            }
            return PngChunks.of(file).texts();
        } catch (IOException problem) {
            throw new IOException("%s: %s".formatted(path, problem.getMessage()), problem);
        } catch (RuntimeException broken) {
            throw new IOException(path + ": a damaged PNG picture: a text chunk without its parts", broken);
        }
    }
}
