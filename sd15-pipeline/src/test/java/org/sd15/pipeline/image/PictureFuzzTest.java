package org.sd15.pipeline.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.pipeline.image.PictureBytes.header;
import static org.sd15.pipeline.image.PictureBytes.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.testing.MutationRun;

/**
 * Whatever the bytes of a picture, it is decoded or refused by the name of its file, and so is what it says of how it was
 * made. Each format has all the mutations.
 */
@Tag("fuzz")
class PictureFuzzTest {

    private static final String PARAMETERS = "a cat, (black:1.2)\nNegative prompt: ugly\n"
            + "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 8x8, Lora hashes: \"a: 1, b: 2\"";

    private static final String GRAPH = """
            {"3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "cfg": 8.0, "sampler_name": "euler",
            "scheduler": "karras", "denoise": 1, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
            "latent_image": ["5", 0]}}, "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.ckpt"}},
            "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
            "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
            "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["6", 0], "clip": ["4", 1]}}}""";

    @TempDir
    private Path folder;

    @FunctionalInterface
    private interface Reading {
        void of(Path picture) throws IOException;
    }

    private void check(long seed, List<byte[]> samples, Reading reading, String... words) {
        MutationRun.Outcome outcome = MutationRun.of(seed, MutationRun.count())
                .over(samples)
                .words(words)
                .refusedWith(UncheckedIOException.class)
                .check(folder.resolve("picture"), file -> {
                    try {
                        reading.of(file);
                    } catch (IOException refused) {
                        throw new UncheckedIOException(refused.getMessage(), refused);
                    }
                });
        assertThat(outcome.understood()).as("pictures that changed harmlessly").isPositive();
        assertThat(outcome.refused()).isPositive();
    }

    private static List<byte[]> each(String format, int... types) throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (int type : types) {
            files.add(PictureBytes.written(image(9, 7, type), format));
        }
        return files;
    }

    private static byte[] base64(String text) {
        return Base64.getDecoder().decode(text);
    }

    /** A picture as a writer of Java's writes it with a compression. */
    private static byte[] compressed(String format, String compression, int type) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionType(compression);
        return written(writer, param, type);
    }

    private static byte[] interlacedPng() throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        return written(writer, param, BufferedImage.TYPE_INT_RGB);
    }

    private static byte[] written(ImageWriter writer, ImageWriteParam param, int type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image(9, 7, type), null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    @Test
    void decodesOrRefusesAnyPng() throws IOException {
        List<byte[]> files = each(
                "png",
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_BYTE_BINARY,
                BufferedImage.TYPE_USHORT_GRAY);
        files.add(interlacedPng());
        files.add(PngFile.encode(image(9, 7, BufferedImage.TYPE_INT_RGB), Map.of("parameters", "größer \u2605")));
        check(21, files, PngFile::read, "IHDR", "PLTE", "tRNS", "IDAT", "IEND", "zTXt", "iTXt", "eXIf", "iCCP");
    }

    @Test
    void decodesOrRefusesAnyJpeg() throws IOException {
        List<byte[]> files = each("jpeg", BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY);
        files.add(PictureBytes.progressiveJpeg(9, 7));
        check(22, files, PngFile::read, "\u00FF\u00DA", "Exif\0\0MM\0*", "JFIF\0", "ICC_PROFILE\0", "Adobe\0");
    }

    @Test
    void decodesOrRefusesAnyWebP() {
        List<byte[]> files = List.of(
                base64(WebPBytes.LOSSLESS),
                base64(WebPBytes.TURNED),
                base64(WebPBytes.TRANSPARENT),
                base64(WebPBytes.LOSSY_TRANSPARENT),
                base64(WebPBytes.LOSSY),
                base64(WebPBytes.MOVING));
        check(23, files, PngFile::read, "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "EXIF", "ICCP", "XMP ");
    }

    @Test
    void decodesOrRefusesAnyTiff() throws IOException {
        List<byte[]> files = each(
                "tiff",
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_USHORT_GRAY);
        for (String compression : List.of("LZW", "PackBits", "ZLib", "Deflate", "JPEG")) {
            files.add(compressed("tiff", compression, BufferedImage.TYPE_INT_RGB));
        }
        for (String compression : List.of("CCITT RLE", "CCITT T.4", "CCITT T.6")) {
            files.add(compressed("tiff", compression, BufferedImage.TYPE_BYTE_BINARY));
        }
        check(24, files, PngFile::read, "II*\0", "MM\0*", "\1\1\3\0\1\0\0\0", "\1\21\0\4\0\0\0\1");
    }

    @Test
    void decodesOrRefusesAnyBmp() throws IOException {
        List<byte[]> files = each(
                "bmp", BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_BYTE_BINARY);
        files.add(compressed("bmp", "BI_BITFIELDS", BufferedImage.TYPE_USHORT_565_RGB));
        files.add(compressed("bmp", "BI_RLE8", BufferedImage.TYPE_BYTE_INDEXED));
        check(25, files, PngFile::read, "BM", "\50\0\0\0");
    }

    @Test
    void decodesOrRefusesAnyGif() throws IOException {
        List<byte[]> files = each("gif", BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_INT_ARGB);
        files.add(PictureBytes.gif(3, 3));
        check(26, files, PngFile::read, "GIF87a", "GIF89a", "!\u00F9\4", "!\u00FF\13NETSCAPE2.0", ",\0\0\0\0");
    }

    @Test
    void readsOrRefusesParametersOfPng() throws IOException {
        byte[] pixels = header(1, 1, 8, 0);
        List<byte[]> files = List.of(
                PictureBytes.png("IHDR", pixels, "tEXt", ("parameters\0" + PARAMETERS).getBytes(ISO_8859_1)),
                PictureBytes.png("IHDR", pixels, "iTXt", ("parameters\0\0\0de\0\0" + PARAMETERS).getBytes(UTF_8)),
                PictureBytes.png("IHDR", pixels, "tEXt", ("prompt\0" + GRAPH).getBytes(ISO_8859_1)));
        check(
                27,
                files,
                PictureParameters::read,
                "parameters\0",
                "prompt\0",
                "zTXt",
                ", ",
                ": ",
                "\"",
                "[\"3\", 0]",
                "\\");
    }

    @Test
    void readsOrRefusesParametersOfExif() {
        check(28, List.of(base64(WebPBytes.TURNED)), PictureParameters::read, "ASCII\0\0\0", "UNICODE\0", "EXIF", ": ");
    }
}
