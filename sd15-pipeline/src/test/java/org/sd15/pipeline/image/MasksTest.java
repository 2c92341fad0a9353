package org.sd15.pipeline.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Masks, as Pillow's {@code convert("L")} and diffusers' mask processor read them; but transparent is not painted. */
class MasksTest {

    @ParameterizedTest
    @CsvSource({
        "FFFFFFFF, 255",
        "FF000000, 0",
        "FF00FF00, 150",
        "FFFF0000, 76",
        "FF0000FF, 29",
        "FF4080C0, 116",
        "00000000, 0",
        "00FFFFFF, 0",
        "80FFFFFF, 128"
    })
    void aColourIsAsLightAsItIsThere(String argb, int level) {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, Integer.parseUnsignedInt(argb, 16));
        assertThat(Pictures.mask(image).getFloat(0)).isEqualTo(level / 255f);
    }
}
