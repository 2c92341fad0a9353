package org.sd15.pipeline.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import org.sd15.importer.io.AtomicFile;
import org.w3c.dom.NodeList;

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
     * Reads a picture of any format that Java knows: PNG, JPEG, BMP, GIF. A JPEG is turned as its camera was.
     *
     * @throws IOException if there is no such file or it is no picture
     */
    public static BufferedImage read(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new IOException(path + ": no such picture");
        }
        Jpeg jpeg = new Jpeg(Files.readAllBytes(path));
        BufferedImage image;
        try {
            image = ImageIO.read(new ByteArrayInputStream(jpeg.bytes()));
        } catch (IOException | RuntimeException broken) { // the decoders throw both at damaged files
            throw new IOException("%s: a damaged picture: %s".formatted(path, broken.getMessage()), broken);
        }
        if (image == null) {
            throw new IOException(path + ": not a picture that can be read; PNG, JPEG, BMP and GIF can");
        }
        if (!jpeg.isOne()) {
            return image;
        }
        if (image.getRaster().getNumBands() > 3) {
            throw new IOException(path + ": a JPEG in four colours (CMYK), which Java mixes up; save it in RGB");
        }
        return jpeg.upright(image);
    }

    /** The text chunks of a PNG file by keyword. */
    public static Map<String, String> texts(Path path) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        Map<String, String> texts = new LinkedHashMap<>();
        try (ImageInputStream stream = ImageIO.createImageInputStream(path.toFile())) {
            reader.setInput(stream);
            var root = (IIOMetadataNode) reader.getImageMetadata(0).getAsTree(FORMAT);
            NodeList entries = root.getElementsByTagName(ENTRY);
            for (int i = 0; i < entries.getLength(); i++) {
                var entry = (IIOMetadataNode) entries.item(i);
                texts.put(entry.getAttribute("keyword"), entry.getAttribute("text"));
            }
        } finally {
            reader.dispose();
        }
        return texts;
    }
}
