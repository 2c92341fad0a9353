package org.sd15.pipeline.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.image.PictureBytes.bmp;
import static org.sd15.pipeline.image.PictureBytes.deflatedZeros;
import static org.sd15.pipeline.image.PictureBytes.gif;
import static org.sd15.pipeline.image.PictureBytes.header;
import static org.sd15.pipeline.image.PictureBytes.image;
import static org.sd15.pipeline.image.PictureBytes.png;
import static org.sd15.pipeline.image.PictureBytes.progressiveJpeg;
import static org.sd15.pipeline.image.PictureBytes.withScans;
import static org.sd15.pipeline.image.PictureBytes.written;

import com.sun.management.ThreadMXBean;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Small files that ask for gigabytes or minutes are refused by name, before a decoder sees them. */
class HostilePicturesTest {

    private static final long MOST_ALLOCATED = 256L << 20;
    private static final long SLOWEST = 2_000_000_000L;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path folder;

    private void refuses(byte[] bytes, String... message) throws IOException {
        Path file = Files.write(folder.resolve("hostile"), bytes);
        withinBounds(() -> assertThatThrownBy(() -> PngFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContainingAll(message));
    }

    private static void withinBounds(Runnable work) {
        long time = THREADS.getCurrentThreadCpuTime();
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - bytes).isLessThan(MOST_ALLOCATED);
        assertThat(THREADS.getCurrentThreadCpuTime() - time).isLessThan(SLOWEST);
    }

    /** 24,000 x 24,000 pixels in black and white are 70 kB. */
    @Test
    void refusesMorePixelsThanACameraHas() throws IOException {
        byte[] zeros = deflatedZeros(24_000L * 3001);
        assertThat(zeros.length).isLessThan(75_000);
        refuses(
                png("IHDR", header(24_000, 24_000, 1, 0), "IDAT", zeros, "IEND", new byte[0]),
                "24,000 x 24,000 pixels; sides may have up to 32,768, and all of it up to 50,331,648");
        refuses(
                png("IHDR", header(40_000, 10, 1, 0), "IDAT", deflatedZeros(50_010), "IEND", new byte[0]),
                "40,000 x 10 pixels");
    }

    @ParameterizedTest
    @CsvSource({"8000, 6000, 16, 6", "2147483647, 2147483647, 8, 2", "0, 8, 8, 0", "8, -1, 8, 0"})
    void refusesAPngFileThatCannotHaveSoManyPixels(int width, int height, int bits, int colour) throws IOException {
        refuses(
                png("IHDR", header(width, height, bits, colour), "IDAT", deflatedZeros(60_000), "IEND", new byte[0]),
                "pixels");
    }

    @Test
    void refusesAChunkThatIsLongerThanItsFile() throws IOException {
        byte[] file = png("IHDR", header(8, 8, 8, 0), "PLTE", new byte[3], "IDAT", deflatedZeros(72));
        file[33] = 0x7F;
        refuses(file, "a chunk of 2,130,706,435 bytes at byte 33");
    }

    /** Texts and profiles are left out, however much they unpack to, even where Java's decoder reads them. */
    @Test
    void readsNoTextsAndProfiles() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.writeBytes("remark\0\0".getBytes(ISO_8859_1));
        bomb.writeBytes(deflatedZeros(1L << 28));
        byte[] palette = {(byte) 255, 0, 0, 0, (byte) 255, 0};
        Path file = Files.write(
                folder.resolve("bomb.png"),
                png(
                        "IHDR", header(8, 8, 8, 3),
                        "iCCP", bomb.toByteArray(),
                        "zTXt", bomb.toByteArray(),
                        "PLTE", palette,
                        "tRNS", new byte[] {(byte) 255, 0},
                        "IDAT", deflatedZeros(72),
                        "IEND", new byte[0]));
        withinBounds(() -> {
            try {
                assertThat(PngFile.read(file).getRGB(3, 3)).isEqualTo(0xFFFF0000);
                assertThat(PngFile.texts(file)).isEmpty();
            } catch (IOException problem) {
                throw new AssertionError(problem);
            }
        });
    }

    @Test
    void refusesABmpFileWhoseHeaderSaysWhatItCannotHold() throws IOException {
        refuses(bmp(18, 0x180000), "pixels");
        refuses(bmp(22, 0x7FFFFFFF), "pixels");
        refuses(bmp(22, Integer.MIN_VALUE), "pixels");
        refuses(bmp(46, 0x7FFFFFFF), "a palette of 2,147,483,647 colours");
        refuses(bmp(46, -1), "a palette of 4,294,967,295 colours");
        refuses(bmp(14, 0x7FFFFFFF), "a header of 2,147,483,647 bytes");
        refuses(bmp(30, 4), "compressed in a way that can't be read (4); save it as PNG");
        refuses(bmp(30, 0x800000), "compressed in a way that can't be read");
        refuses(bmp(10, 0x7FFFFFFF), "damaged");
        byte[] runs = bmp(30, 1);
        Arrays.fill(runs, 18, 26, (byte) 0x7F);
        refuses(runs, "pixels");
    }

    @Test
    void refusesAGifFileThatCannotHaveSoManyPixels() throws IOException {
        refuses(gif(65_535, 65_535), "65,535 x 65,535 pixels; sides may have up to");
        refuses(gif(7000, 7000), "a damaged GIF picture: 7,000 x 7,000 pixels can't be in");
    }

    /** Java's decoder copies all of a remark for each 255 bytes of it. */
    @Test
    void readsNoRemarksOfAGifFile() throws IOException {
        byte[] plain = written(image(8, 8, BufferedImage.TYPE_BYTE_INDEXED), "gif");
        int colours = 13 + (3 << (1 + (plain[10] & 7)));
        ByteArrayOutputStream remarked = new ByteArrayOutputStream();
        remarked.write(plain, 0, colours);
        remarked.writeBytes(new byte[] {0x21, (byte) 0xFE});
        byte[] block = new byte[256];
        block[0] = (byte) 255;
        for (int i = 0; i < 40_000; i++) {
            remarked.writeBytes(block);
        }
        remarked.write(0);
        remarked.write(plain, colours, plain.length - colours);
        Path file = Files.write(folder.resolve("remarked.gif"), remarked.toByteArray());
        withinBounds(() -> {
            try {
                assertThat(PngFile.read(file).getRGB(1, 1)).isEqualTo(0xFFFF0000);
            } catch (IOException problem) {
                throw new AssertionError(problem);
            }
        });
    }

    @Test
    void refusesAJpegFileWithScansWithoutEnd() throws IOException {
        byte[] progressive = progressiveJpeg(1200, 1000);
        assertThat(PngFile.read(Files.write(folder.resolve("honest.jpg"), progressive))
                        .getWidth())
                .as("ten scans are usual")
                .isEqualTo(1200);
        refuses(withScans(progressive, 60), "1,200,000 pixels in 70 scans", "take too long to decode; save it anew");
        refuses(withScans(progressiveJpeg(16, 16), 200), "256 pixels in 210 scans");
    }

    @Test
    void refusesAJpegFileThatCannotHaveSoManyPixels() throws IOException {
        byte[] jpeg = written(image(16, 16, BufferedImage.TYPE_INT_RGB), "jpg");
        int frame = 0;
        while ((jpeg[frame] & 0xFF) != 0xFF || (jpeg[frame + 1] & 0xFF) != 0xC0) {
            frame++;
        }
        Arrays.fill(jpeg, frame + 5, frame + 9, (byte) 0x1B); // 6,939 rows and columns
        refuses(jpeg, "a damaged JPEG picture: 6,939 x 6,939 pixels can't be in");
    }

    @Test
    void refusesAFileThatIsTooLargeWithoutReadingIt() throws IOException {
        Path file = folder.resolve("vast.png");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength((128L << 20) + 1);
        }
        withinBounds(() -> assertThatThrownBy(() -> PngFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessage(file + ": has 134,217,729 bytes; pictures may have up to 134,217,728"));
    }

    @Test
    void readsNothingButTheSixFormats() throws IOException {
        refuses(new byte[0], "not a picture that can be read; PNG, JPEG, WebP, TIFF, BMP and GIF can");
        refuses(
                new byte[] {0, 0, 1, 1, 0},
                "not a picture that can be read"); // WBMP to Java, which knows it by nothing
    }

    @ParameterizedTest
    @CsvSource({"png, 0", "bmp, 0", "tiff, 0", "gif, 0", "jpg, 20"})
    void readsWhatIsHonestAsBefore(String format, int rounding) throws IOException {
        BufferedImage read = PngFile.read(
                Files.write(folder.resolve("picture"), written(image(32, 16, BufferedImage.TYPE_INT_RGB), format)));
        assertThat(read.getWidth()).isEqualTo(32);
        assertThat(read.getHeight()).isEqualTo(16);
        assertThat(read.getRGB(3, 8) >> 16 & 0xFF).isGreaterThanOrEqualTo(255 - rounding);
        assertThat(read.getRGB(28, 8) >> 16 & 0xFF).isLessThanOrEqualTo(rounding);
    }

    @Test
    void textsComeBackAndDamagedOnesAreRefused() throws IOException {
        Path file = folder.resolve("texts.png");
        PngFile.write(file, image(8, 8, BufferedImage.TYPE_INT_RGB), Map.of("parameters", "ein Stern, größer"));
        assertThat(PngFile.texts(file)).containsExactly(Map.entry("parameters", "ein Stern, größer"));
        Files.write(file, png("IHDR", header(8, 8, 8, 0), "iTXt", new byte[] {'a', 'b'}));
        assertThatThrownBy(() -> PngFile.texts(file))
                .isInstanceOf(IOException.class)
                .hasMessage(file + ": a damaged PNG picture: a text chunk without its parts");
    }

    @Test
    void scalesToNoSizeThatNobodyCanHold() {
        assertThatThrownBy(() -> Pictures.resize(Nd4j.zeros(DataType.FLOAT, 1, 3, 2, 2), 8193, 16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a picture of 16 x 8,193 pixels; each side must be from 1 to 8,192");
        assertThatThrownBy(() -> Pictures.resize(Nd4j.zeros(DataType.FLOAT, 1, 3, 2, 2), 0, 16))
                .hasMessageContaining("16 x 0 pixels");
    }
}
