package org.sd15.pipeline.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.image.PictureBytes.deflatedZeros;
import static org.sd15.pipeline.image.PictureBytes.header;
import static org.sd15.pipeline.image.PictureBytes.image;
import static org.sd15.pipeline.image.PictureBytes.png;
import static org.sd15.pipeline.image.PictureBytes.written;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures in WebP and TIFF, whichever way they are held; and formats that are known by name alone. */
class WebPAndTiffTest {

    @TempDir
    private Path folder;

    private Path file(String base64) throws IOException {
        return file(Base64.getDecoder().decode(base64));
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("picture"), bytes);
    }

    private static int pixel(BufferedImage image, int x, int y) {
        return image.getRGB(x, y);
    }

    @Test
    void readsLosslessWebP() throws IOException {
        BufferedImage picture = PngFile.read(file(WebPBytes.LOSSLESS));
        assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(16, 8);
        assertThat(List.of(pixel(picture, 7, 3), pixel(picture, 8, 3), pixel(picture, 7, 4), pixel(picture, 8, 4)))
                .containsExactly(0xFFFFFFFF, 0xFFFF0000, 0xFF00FF00, 0xFF0000FF);
    }

    @Test
    void readsTransparentWebP() throws IOException {
        BufferedImage picture = PngFile.read(file(WebPBytes.TRANSPARENT));
        assertThat(pixel(picture, 0, 0)).isEqualTo(0x10FFFFFF);
        assertThat(pixel(picture, 3, 5)).isEqualTo(0xB000FF00);
        BufferedImage lossy = PngFile.read(file(WebPBytes.LOSSY_TRANSPARENT));
        assertThat(List.of(lossy.getWidth(), lossy.getHeight())).containsExactly(16, 8);
        assertThat(pixel(lossy, 0, 0)).as("as Pillow has it").isEqualTo(0x10FDFFFD);
        assertThat(pixel(lossy, 3, 5)).as("as Pillow has it").isEqualTo(0xB000FF03);
    }

    /** Pillow has 1 6 130, 250 2 127, 5 250 131, 250 252 129 in the corners, and 129 64 127 at 32, 16. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 1, 6, 130",
        "63, 0, 250, 2, 127",
        "0, 63, 5, 250, 131",
        "63, 63, 250, 252, 129",
        "32, 16, 129, 64, 127"
    })
    void readsLossyWebP(int x, int y, int red, int green, int blue) throws IOException {
        int colour = pixel(PngFile.read(file(WebPBytes.LOSSY)), x, y);
        assertThat(colour >> 16 & 0xFF).isBetween(red - 4, red + 4);
        assertThat(colour >> 8 & 0xFF).isBetween(green - 4, green + 4);
        assertThat(colour & 0xFF).isBetween(blue - 4, blue + 4);
    }

    @Test
    void webPIsTurnedAndTellsHowItWasMade() throws IOException {
        BufferedImage picture = PngFile.read(file(WebPBytes.TURNED));
        assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(8, 16);
        assertThat(List.of(pixel(picture, 0, 0), pixel(picture, 7, 0), pixel(picture, 0, 15)))
                .as("6: the first row is on the right")
                .containsExactly(0xFF00FF00, 0xFFFFFFFF, 0xFF0000FF);
        assertThat(PictureParameters.read(file(WebPBytes.TURNED)).values()).containsEntry("Sampler", "Euler a");
    }

    @Test
    void movingAndDamagedWebPIsRefused() throws IOException {
        refuses(Base64.getDecoder().decode(WebPBytes.MOVING), "a moving WebP picture");
        byte[] good = Base64.getDecoder().decode(WebPBytes.LOSSLESS);
        refuses(java.util.Arrays.copyOf(good, 30), "a damaged WebP picture: a chunk of 41 bytes at byte 12 of 30");
        refuses(java.util.Arrays.copyOf(good, 12), "there is no picture in it");
        byte[] vast = good.clone();
        java.util.Arrays.fill(vast, 21, 24, (byte) 0xFF);
        refuses(vast, "pixels");
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_BYTE_INDEXED})
    void readsTiff(int type) throws IOException {
        BufferedImage picture = PngFile.read(file(written(image(8, 6, type), "tiff")));
        assertThat(pixel(picture, 3, 5)).isEqualTo(0xFFFF0000);
        assertThat(pixel(picture, 4, 0)).isEqualTo(0xFF00FF00);
    }

    @Test
    void readsGreyTiffAsTheFileSays() throws IOException {
        var grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(0, 0, 0, 149);
        assertThat(Pictures.fromImage(PngFile.read(file(written(grey, "tiff")))).getFloat(0, 0, 0, 0))
                .isEqualTo(149 / 255f);
    }

    /** A directory of one strip without compression, and an orientation. */
    private static byte[] tiff(int... tagsAndValues) {
        ByteBuffer file = ByteBuffer.allocate(200 + 12 * 20 + 48).order(ByteOrder.LITTLE_ENDIAN);
        file.put("II".getBytes(ISO_8859_1)).putShort((short) 42).putInt(8);
        file.putShort((short) (tagsAndValues.length / 2));
        for (int i = 0; i < tagsAndValues.length; i += 2) {
            file.putShort((short) tagsAndValues[i])
                    .putShort((short) 4)
                    .putInt(1)
                    .putInt(tagsAndValues[i + 1]);
        }
        file.putInt(0);
        for (int i = 0; i < 4; i++) {
            file.put(200 + i, new byte[] {10, 20, 30, 40}[i]);
        }
        return file.array();
    }

    private static byte[] fourShades(int orientation, int width, int offset, int length) {
        return tiff(
                256, width, 257, 2, 258, 8, 259, 1, 262, 1, 273, offset, 274, orientation, 277, 1, 278, 2, 279, length);
    }

    @ParameterizedTest
    @CsvSource({"1, 10 20 30 40", "2, 20 10 40 30", "3, 40 30 20 10", "6, 30 10 40 20", "8, 20 40 10 30"})
    void tiffIsTurned(int orientation, String shades) throws IOException {
        BufferedImage picture = PngFile.read(file(fourShades(orientation, 2, 200, 4)));
        List<String> found = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            found.add(Integer.toString(picture.getRaster().getSample(i % 2, i / 2, 0)));
        }
        assertThat(String.join(" ", found)).isEqualTo(shades);
    }

    @Test
    void damagedTiffIsRefused() throws IOException {
        refuses(
                fourShades(1, 2, 0x7FFFFFF0, 4),
                "a damaged TIFF picture: pixels at bytes 2,147,483,632 to 2,147,483,636");
        refuses(fourShades(1, 2, 200, 0x7FFFFFFF), "a damaged TIFF picture: pixels at bytes 200 to 2,147,483,847");
        refuses(fourShades(1, 40_000, 200, 4), "40,000 x 2 pixels; sides may have up to 32,768");
        refuses(tiff(256, 2, 257, 2, 258, 32), "no whole numbers up to 16 bits");
        refuses(tiff(256, 2, 257, 2, 262, 5), "in four colours (CMYK) or more; save it in RGB");
        refuses(tiff(256, 2, 257, 2, 322, 1 << 20, 323, 1 << 20), "tiles of 1,099,511,627,776 pixels");
        byte[] tag = fourShades(1, 2, 200, 4);
        ByteBuffer.wrap(tag).order(ByteOrder.LITTLE_ENDIAN).putInt(10 + 4, 0x7FFFFFFF);
        refuses(tag, "tag 256 has 8,589,934,588 bytes, which are not in the file");
        refuses(java.util.Arrays.copyOf(tag, 9), "a damaged TIFF picture");
    }

    /** As Pillow turns it. */
    @Test
    void pngIsTurned() throws IOException {
        byte[] exif = java.util.Arrays.copyOf(fourShades(8, 2, 200, 4), 200);
        BufferedImage picture = PngFile.read(
                file(png("IHDR", header(8, 4, 8, 0), "eXIf", exif, "IDAT", deflatedZeros(36), "IEND", new byte[0])));
        assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(4, 8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "____ftypavif____avifmif1 | AVIF",
                "____ftypheic____mif1heic | HEIC",
                "____ftypmif1____ | HEIC",
                "8BPS__ | Photoshop",
                "<svg xmlns | SVG",
                "<?xml version='1.0'?><!-- drawn --><svg xmlns | SVG",
                "<?xml version='1.0'?><project> | not a picture",
                "II+_ | not a picture"
            })
    void otherFormatsAreNamed(String begin, String name) throws IOException {
        refuses(
                begin.getBytes(ISO_8859_1),
                name.startsWith("not")
                        ? "not a picture that can be read; PNG, JPEG, WebP, TIFF, BMP and GIF can"
                        : "is a picture of a format that can't be read, " + name + "; save it as PNG or JPEG");
    }

    private void refuses(byte[] bytes, String message) throws IOException {
        Path file = file(bytes);
        assertThatThrownBy(() -> PngFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message)
                .satisfies(problem -> assertThat(problem.getMessage()).hasLineCount(1));
    }

    /** Wherever a file ends or is damaged, there is a picture or one line. */
    @ParameterizedTest
    @EnumSource(PictureFormat.class)
    void damagedFilesAreRefusedInOneLine(PictureFormat format) throws IOException {
        byte[] good = format == PictureFormat.WEBP
                ? Base64.getDecoder().decode(WebPBytes.TRANSPARENT)
                : written(image(16, 8, BufferedImage.TYPE_INT_RGB), format.name());
        for (int i = 0; i < good.length; i += 1 + good.length / 200) {
            read(java.util.Arrays.copyOf(good, i));
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                byte[] flipped = good.clone();
                flipped[i] ^= (byte) (1 << bit);
                read(flipped);
            }
        }
    }

    private void read(byte[] bytes) throws IOException {
        Path file = file(bytes);
        try {
            PngFile.read(file);
        } catch (IOException refused) {
            assertThat(refused).hasMessageStartingWith(file + ": ");
            assertThat(refused.getMessage()).hasLineCount(1).doesNotContain("null");
        }
    }
}
