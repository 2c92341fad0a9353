package org.sd15.importer.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The 8-bit formats over all 256 values. */
class Float8Test {

    /** FP8 Formats for Deep Learning, table 1: bias 7, no infinities, one magnitude that is not a number. */
    @Test
    void everyE4m3IsTheFloatOfItsDefinition() {
        for (int bits = 0; bits < 256; bits++) {
            int exponent = bits >> 3 & 15;
            int fraction = bits & 7;
            double magnitude =
                    exponent == 0 ? Math.scalb((double) fraction, -9) : Math.scalb(8.0 + fraction, exponent - 10);
            double expected = (bits & 0x7f) == 0x7f ? Double.NaN : bits < 128 ? magnitude : -magnitude;
            assertThat(Float.floatToIntBits(Float8.e4m3ToFloat((byte) bits)))
                    .as("0x%02x", bits)
                    .isEqualTo(Float.floatToIntBits((float) expected));
        }
    }

    /** The same table: bias 15, infinities and not-a-numbers as IEEE 754 has them. */
    @Test
    void everyE5m2IsTheFloatOfItsDefinition() {
        for (int bits = 0; bits < 256; bits++) {
            int exponent = bits >> 2 & 31;
            int fraction = bits & 3;
            double magnitude =
                    exponent == 0 ? Math.scalb((double) fraction, -16) : Math.scalb(4.0 + fraction, exponent - 17);
            if (exponent == 31) {
                magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            assertThat(Float.floatToIntBits(Float8.e5m2ToFloat((byte) bits)))
                    .as("0x%02x", bits)
                    .isEqualTo(Float.floatToIntBits((float) (bits < 128 ? magnitude : -magnitude)));
        }
    }

    /** {@code torch.tensor(bits, dtype=torch.uint8).view(torch.float8_e4m3fn).float()} and e5m2, PyTorch 2.15. */
    @ParameterizedTest
    @CsvSource({
        "0x77, 240, 28672",
        "0x7e, 448, NaN",
        "0x7f, NaN, NaN",
        "0x80, -0.0, -0.0",
        "0x81, -0.001953125, -1.52587890625e-05",
        "0x7c, 384, Infinity",
    })
    void agreesWithTorch(String bits, Float e4m3, Float e5m2) {
        byte value = Integer.decode(bits).byteValue();
        assertThat(Float8.e4m3ToFloat(value)).isEqualTo(e4m3);
        assertThat(Float8.e5m2ToFloat(value)).isEqualTo(e5m2);
    }
}
