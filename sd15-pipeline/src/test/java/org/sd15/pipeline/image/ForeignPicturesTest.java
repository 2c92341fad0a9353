package org.sd15.pipeline.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Pictures as others write them: grey, in four colours, turned. */
class ForeignPicturesTest {

    /** Pillow 12: {@code Image.new("CMYK", (8, 8), (200, 20, 100, 0)).save(..., quality=1, optimize=True)}. */
    private static final String FOUR_COLOURS =
            "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwD//////////////////////////////////////////"
                    + "////////////////////////////////////////////8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAIBA"
                    + "//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8AJq0f/9k=";

    @TempDir
    private Path folder;

    /** Java's own conversion makes 149 a 201. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 149, 255})
    void greyIsWhatTheFileSays(int shade) throws IOException {
        var image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(0, 0, 0, shade);
        INDArray picture = written(image);
        for (int channel = 0; channel < 3; channel++) {
            assertThat(picture.getFloat(0, channel, 0, 0)).isEqualTo(shade / 255f);
        }
        var deep = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
        deep.getRaster().setSample(0, 0, 0, 257 * shade);
        assertThat(written(deep).getFloat(0, 1, 0, 0)).isEqualTo(shade / 255f);
    }

    @Test
    void whatIsTransparentInGreyIsLaidOnWhite() throws IOException {
        var colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_GRAY), true, false, 3, DataBuffer.TYPE_BYTE);
        var image = new BufferedImage(colours, colours.createCompatibleWritableRaster(1, 1), false, null);
        image.getRaster().setPixel(0, 0, new int[] {102, 51});
        assertThat(written(image).getFloat(0, 0, 0, 0)).isEqualTo(0.4f * 0.2f + (1 - 0.2f));
    }

    private INDArray written(BufferedImage image) throws IOException {
        Path file = folder.resolve("picture.png");
        ImageIO.write(image, "png", file.toFile());
        return Pictures.fromImage(PngFile.read(file));
    }

    @Test
    void fourColoursAreRefused() throws IOException {
        Path file = Files.write(folder.resolve("print.jpg"), Base64.getDecoder().decode(FOUR_COLOURS));
        assertThatThrownBy(() -> PngFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("print.jpg", "CMYK", "save it in RGB");
    }

    /**
     * Corners from the left to the right, above, then below, of a picture that is white, red, green, blue in the file, as
     * Pillow 12's {@code ImageOps.exif_transpose} turns it.
     */
    @ParameterizedTest
    @CsvSource({
        "1, WRGB, 32",
        "2, RWBG, 32",
        "3, BGRW, 32",
        "4, GBWR, 32",
        "5, WGRB, 16",
        "6, GWBR, 16",
        "7, BRGW, 16",
        "8, RBWG, 16",
        "0, WRGB, 32",
        "9, WRGB, 32"
    })
    void photographsAreTurnedAsTheCameraWas(int orientation, String corners, int width) throws IOException {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            Path file = Files.write(folder.resolve("photo.jpg"), photograph(orientation, order));
            BufferedImage picture = PngFile.read(file);
            assertThat(picture.getWidth()).isEqualTo(width);
            assertThat(picture.getHeight()).isEqualTo(48 - width);
            int right = width - 4;
            int below = 44 - width;
            assertThat("" + colour(picture, 4, 4) + colour(picture, right, 4) + colour(picture, 4, below)
                            + colour(picture, right, below))
                    .isEqualTo(corners);
        }
    }

    @Test
    void aDamagedRemarkOnThePositionIsNoMatter() throws IOException {
        byte[] photograph = photograph(6, ByteOrder.BIG_ENDIAN);
        ByteBuffer.wrap(photograph).putInt(17, 0x7FFFFFFF); // where the directory should be
        BufferedImage picture = PngFile.read(Files.write(folder.resolve("photo.jpg"), photograph));
        assertThat(picture.getWidth()).isEqualTo(32);
    }

    private static char colour(BufferedImage image, int x, int y) {
        Color colour = new Color(image.getRGB(x, y));
        boolean red = colour.getRed() > 127;
        boolean green = colour.getGreen() > 127;
        return red && green ? 'W' : red ? 'R' : green ? 'G' : 'B';
    }

    /** A JPEG of 32 x 16 with a segment that says how the camera was held. */
    private static byte[] photograph(int orientation, ByteOrder order) throws IOException {
        var image = new BufferedImage(32, 16, BufferedImage.TYPE_INT_RGB);
        Color[] colours = {Color.WHITE, Color.RED, Color.GREEN, Color.BLUE};
        for (int i = 0; i < 32 * 16; i++) {
            image.setRGB(i % 32, i / 32, colours[i % 32 / 16 + 2 * (i / 32 / 8)].getRGB());
        }
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", jpeg);
        byte[] plain = jpeg.toByteArray();
        ByteBuffer all = ByteBuffer.allocate(plain.length + 37);
        all.put(plain, 0, 2).put((byte) 0xFF).putShort((short) 0xFFE1).putShort((short) 34); // one 0xFF that fills up
        all.put(new byte[] {'E', 'x', 'i', 'f', 0, 0});
        all.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        all.order(order).putShort((short) 42).putInt(8).putShort((short) 1);
        all.putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0);
        return all.putInt(0).put(plain, 2, plain.length - 2).array();
    }
}
