package org.sd15.pipeline.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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

/** PNG files that carry the parameters of their picture in text chunks. */
public final class PngFile {

    private static final String FORMAT = "javax_imageio_png_1.0";
    private static final String ENTRY = "iTXtEntry";

    private PngFile() {}

    /**
     * Writes a picture aside and moves it into place.
     *
     * @param texts text chunks by keyword, in UTF-8
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

    private static IIOMetadataNode chunks(Map<String, String> texts) {
        IIOMetadataNode chunk = new IIOMetadataNode("iTXt");
        texts.forEach((keyword, text) -> {
            IIOMetadataNode entry = new IIOMetadataNode(ENTRY);
            entry.setAttribute("keyword", keyword);
            entry.setAttribute("compressionFlag", "FALSE");
            entry.setAttribute("compressionMethod", "0");
            entry.setAttribute("languageTag", "");
            entry.setAttribute("translatedKeyword", "");
            entry.setAttribute("text", text);
            chunk.appendChild(entry);
        });
        IIOMetadataNode root = new IIOMetadataNode(FORMAT);
        root.appendChild(chunk);
        return root;
    }

    /**
     * Reads a picture: PNG, JPEG, BMP or GIF. A JPEG is turned as its camera was.
     *
     * @throws IOException if there is no such file, it is no picture, a damaged one, or one that is too large: with more than
     *     128 MB, 50 million pixels, or 32,768 in a side; the message names the file
     */
    public static BufferedImage read(Path path) throws IOException {
        byte[] file = bytes(path);
        try {
            BufferedImage image = PictureDecoder.decode(file);
            Jpeg jpeg = new Jpeg(file);
            if (!jpeg.isOne()) {
                return image;
            }
            if (image.getRaster().getNumBands() > 3) {
                throw new BadPicture("a JPEG in four colours (CMYK), which Java mixes up; save it in RGB");
            }
            return jpeg.upright(image);
        } catch (IOException problem) {
            throw new IOException("%s: %s".formatted(path, problem.getMessage()), problem);
        }
    }

    private static byte[] bytes(Path path) throws IOException {
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
     * The text chunks of a PNG file by keyword: those that are not compressed, as {@link #write} writes them.
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
