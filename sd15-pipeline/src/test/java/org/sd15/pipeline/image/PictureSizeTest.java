package org.sd15.pipeline.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The size of a picture, known from its header, which is believed no more than when it is decoded. */
class PictureSizeTest {

    private static byte[] written(String format) throws IOException {
        var bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), format, bytes))
                .isTrue();
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg", "bmp", "gif"})
    void theSizeIsThatOfThePicture(String format) throws IOException {
        assertThat(PngFile.size(written(format))).isEqualTo(new Dimension(40, 30));
    }

    @Test
    void aHeaderThatPromisesTooMuchIsRefused() throws IOException {
        byte[] png = PngFile.encode(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), Map.of());
        byte[] huge = Arrays.copyOf(png, png.length);
        huge[16] = 0x7f; // the first byte of the width
        assertThatThrownBy(() -> PngFile.size(huge)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> PngFile.size(Arrays.copyOf(png, 20))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> PngFile.size(new byte[0])).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> PngFile.size("no picture".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isInstanceOf(IOException.class);
    }
}
