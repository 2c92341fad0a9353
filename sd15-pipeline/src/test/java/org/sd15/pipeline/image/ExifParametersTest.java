package org.sd15.pipeline.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.pipeline.image.PictureBytes.image;
import static org.sd15.pipeline.image.PictureBytes.written;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JPEG files of the web UI and its kin: what their Exif says of how they were made is read. */
class ExifParametersTest {

    private static final String LINE = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768";

    @TempDir
    private Path folder;

    /** The web UI's library writes big-endian whatever the order of the structure; others as the structure. */
    @ParameterizedTest
    @CsvSource({
        "UNICODE, UTF-16BE, II",
        "UNICODE, UTF-16BE, MM",
        "UNICODE, UTF-16LE, II",
        "UNICODE, UTF-16LE, MM",
        "ASCII, US-ASCII, II",
        "'', UTF-8, MM"
    })
    void readsTheUserCommentOfAJpeg(String code, Charset charset, String order) throws IOException {
        String text = "a cat\nNegative prompt: a dog\n" + LINE;
        Path file = Files.write(folder.resolve("photo.jpg"), jpeg(comment(code, text, charset), order));
        assertThat(PictureParameters.read(file)).isEqualTo(GenerationParameters.parse(text));
        assertThat(PngFile.read(file).getWidth()).isEqualTo(16);
    }

    private static byte[] comment(String code, String text, Charset charset) {
        ByteArrayOutputStream comment = new ByteArrayOutputStream();
        comment.writeBytes(java.util.Arrays.copyOf(code.getBytes(US_ASCII), 8));
        comment.writeBytes(text.getBytes(charset));
        return comment.toByteArray();
    }

    /** A directory with a link to another, which has the comment. */
    private static byte[] jpeg(byte[] comment, String order) throws IOException {
        ByteBuffer tiff = ByteBuffer.allocate(44 + comment.length)
                .order(order.equals("II") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        tiff.put(order.getBytes(US_ASCII)).putShort((short) 42).putInt(8);
        tiff.putShort((short) 1)
                .putShort((short) 0x8769)
                .putShort((short) 4)
                .putInt(1)
                .putInt(26)
                .putInt(0);
        tiff.putShort((short) 1)
                .putShort((short) 0x9286)
                .putShort((short) 7)
                .putInt(comment.length)
                .putInt(44);
        tiff.putInt(0).put(comment);
        byte[] plain = written(image(16, 16, BufferedImage.TYPE_INT_RGB), "jpg");
        ByteBuffer all = ByteBuffer.allocate(plain.length + tiff.capacity() + 10);
        all.put(plain, 0, 2).putShort((short) 0xFFE1).putShort((short) (tiff.capacity() + 8));
        return all.put("Exif\0\0".getBytes(US_ASCII))
                .put(tiff.array())
                .put(plain, 2, plain.length - 2)
                .array();
    }
}
