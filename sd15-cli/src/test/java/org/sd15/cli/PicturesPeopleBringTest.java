package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/** Pictures and masks as people have them, right half white: read as Pillow reads them, or refused in one line. */
class PicturesPeopleBringTest {

    private static final int SIDE = 8;

    /** Pillow 12: {@code Image.new("CMYK", (8, 8), (200, 20, 100, 0)).save(..., quality=1, optimize=True)}. */
    private static final String FOUR_COLOURS =
            "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwD//////////////////////////////////////////"
                    + "////////////////////////////////////////////8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAIBA"
                    + "//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8AJq0f/9k=";

    @TempDir
    private static Path folder;

    private static BufferedImage halves(BufferedImage image) {
        Graphics2D pen = image.createGraphics();
        pen.setColor(Color.WHITE);
        pen.fillRect(SIDE / 2, 0, SIDE / 2, SIDE);
        pen.dispose();
        return image;
    }

    private static BufferedImage halves(int type) {
        return halves(new BufferedImage(SIDE, SIDE, type));
    }

    private static Path png(String name, BufferedImage image) throws IOException {
        Path file = folder.resolve(name);
        assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
        return file;
    }

    private static Path sequence(String name, String format, int pages) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(stream);
            writer.prepareWriteSequence(null);
            for (int page = 0; page < pages; page++) {
                int type = page == 0 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_BYTE_BINARY;
                BufferedImage image = new BufferedImage(SIDE, SIDE, type);
                writer.writeToSequence(new IIOImage(page == 0 ? halves(image) : image, null, null), null);
            }
            writer.endWriteSequence();
        } finally {
            writer.dispose();
        }
        return Files.write(folder.resolve(name), bytes.toByteArray());
    }

    /** Whether the right half is painted and the left isn't. */
    private static void assertHalf(Path file) throws IOException {
        INDArray mask = Pictures.mask(PngFile.read(file));
        for (int column = 0; column < SIDE; column++) {
            assertThat(mask.getDouble(0, 0, 3, column)).as("column %d", column).isEqualTo(column < SIDE / 2 ? 0 : 1);
        }
    }

    private static IndexColorModel palette() {
        byte[] dark = {(byte) 0, (byte) 255, 0, 77};
        return new IndexColorModel(2, 4, dark, dark, dark);
    }

    /** The same on a layer of which nothing else is painted, as drawing programs save it. */
    private static BufferedImage layer() {
        return halves(BufferedImage.TYPE_INT_ARGB);
    }

    @TestFactory
    Stream<DynamicTest> masks() {
        return new Brought()
                .reads(
                        "a mask with a palette",
                        () -> assertHalf(png(
                                "palette.png",
                                halves(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_BINARY, palette())))))
                .reads("a mask of 16 bits", () -> assertHalf(png("16.png", halves(BufferedImage.TYPE_USHORT_GRAY))))
                .reads("a mask of one bit", () -> assertHalf(png("1.png", halves(BufferedImage.TYPE_BYTE_BINARY))))
                .reads("a mask as a GIF", () -> assertHalf(sequence("mask.gif", "gif", 1)))
                .reads("a mask on a transparent layer", () -> assertHalf(png("layer.png", layer())))
                .refuses(
                        "a mask in four colours",
                        () -> assertHalf(Files.write(
                                folder.resolve("cmyk.jpg"), Base64.getDecoder().decode(FOUR_COLOURS))),
                        "cmyk.jpg",
                        "CMYK")
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> pictures() {
        return new Brought()
                .says(
                        "a GIF that moves",
                        "moving.gif: has 3 pictures, of which the first is read",
                        () -> assertHalf(sequence("moving.gif", "gif", 3)))
                .says(
                        "a TIFF of several pages",
                        "pages.tiff: has 2 pictures, of which the first is read",
                        () -> assertHalf(sequence("pages.tiff", "tiff", 2)))
                .reads("a TIFF of one page", () -> assertHalf(sequence("page.TIF", "tiff", 1)))
                .reads("a PNG called .JPG", () -> assertHalf(png("photo.JPG", halves(BufferedImage.TYPE_INT_RGB))))
                .refuses(
                        "a page of the web called .jpg",
                        () -> PngFile.read(
                                Files.writeString(folder.resolve("page.jpg"), "<!DOCTYPE html><html></html>")),
                        "page.jpg",
                        "not a picture that can be read")
                .refuses(
                        "an empty file",
                        () -> PngFile.read(Files.write(folder.resolve("empty.png"), new byte[0])),
                        "empty.png")
                .refuses("a folder", () -> PngFile.read(folder), folder.toString(), "no such picture")
                .tests();
    }

    /** Masks of 0 and 1, as programs for numbers write them, are black to all others. */
    @ParameterizedTest
    @CsvSource({"1, 'mask.png: nothing is painted, all stays as it is'", "255, 'mask.png: everything is painted anew'"})
    void aMaskThatPaintsNothingOrAllIsTold(int shade, String message) throws IOException {
        BufferedImage mask = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 64 * 64; i++) {
            mask.getRaster().setSample(i % 64, i / 64, 0, shade);
        }
        Path picture = png("picture.png", new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB));
        Cli cli = Cli.run(
                "generate",
                "--prompt",
                "a red circle",
                "--image",
                picture.toString(),
                "--mask",
                png("mask.png", mask).toString(),
                "--steps",
                "1",
                "--output",
                folder.resolve("out.png").toString());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains(message);
    }
}
