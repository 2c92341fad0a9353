package org.sd15.importer.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The 16-bit formats against their definitions, over all 65,536 values. */
class HalfPrecisionTest {

    /** IEEE 754, section 3.4, in doubles: every step is exact. */
    private static double byDefinition(int bits, int fractionBits, int bias) {
        int exponentBits = 15 - fractionBits;
        double sign = (bits & 0x8000) == 0 ? 1 : -1;
        int exponent = (bits & 0x7fff) >> fractionBits;
        int fraction = bits & ((1 << fractionBits) - 1);
        if (exponent == (1 << exponentBits) - 1) {
            return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0
                ? sign * Math.scalb((double) fraction, 1 - bias - fractionBits)
                : sign * Math.scalb((double) (fraction + (1 << fractionBits)), exponent - bias - fractionBits);
    }

    @Test
    void everyHalfIsTheFloatOfItsDefinition() {
        for (int bits = 0; bits < 0x10000; bits++) {
            assertThat(Float.floatToIntBits(Float16.toFloat((short) bits)))
                    .as("0x%04x", bits)
                    .isEqualTo(Float.floatToIntBits((float) byDefinition(bits, 10, 15)));
        }
    }

    @Test
    void everyBfloat16IsTheFloatOfItsDefinition() {
        for (int bits = 0; bits < 0x10000; bits++) {
            assertThat(Float.floatToIntBits(BFloat16.toFloat((short) bits)))
                    .as("0x%04x", bits)
                    .isEqualTo(Float.floatToIntBits((float) byDefinition(bits, 7, 127)));
        }
    }

    @Test
    void everyHalfSurvivesTheWayThroughAFloat() {
        for (int bits = 0; bits < 0x10000; bits++) {
            boolean nan = (bits & 0x7fff) > 0x7c00;
            int expected = nan ? (bits & 0x8000) | 0x7e00 : bits;
            assertThat(Float16.fromFloat(Float16.toFloat((short) bits)) & 0xffff)
                    .as("0x%04x", bits)
                    .isEqualTo(expected);
        }
    }

    @Test
    void everyBfloat16SurvivesTheWayThroughAFloat() {
        for (int bits = 0; bits < 0x10000; bits++) {
            boolean nan = (bits & 0x7fff) > 0x7f80;
            assertThat(BFloat16.fromFloat(BFloat16.toFloat((short) bits)) & 0xffff)
                    .as("0x%04x", bits)
                    .isEqualTo(nan ? 0x7fc0 : bits);
        }
    }

    /** Between two neighbours: below the middle rounds down, above it up, the middle to the one with an even last bit. */
    @Test
    void roundsToTheNearestHalfAndTiesToEven() {
        for (int bits = 0; bits < 0x7bff; bits++) {
            assertRounding(
                    bits,
                    half -> Float16.fromFloat((float) half) & 0xffff,
                    Float16.toFloat((short) bits),
                    Float16.toFloat((short) (bits + 1)));
        }
    }

    @Test
    void roundsToTheNearestBfloat16AndTiesToEven() {
        for (int bits = 0; bits < 0x7f7f; bits++) {
            assertRounding(
                    bits,
                    value -> BFloat16.fromFloat((float) value) & 0xffff,
                    BFloat16.toFloat((short) bits),
                    BFloat16.toFloat((short) (bits + 1)));
        }
    }

    private static void assertRounding(int bits, DoubleUnaryOperator round, float low, float high) {
        float middle = (float) ((double) low + ((double) high - low) / 2);
        int even = bits % 2 == 0 ? bits : bits + 1;
        assertThat(round.applyAsDouble(middle)).as("middle above 0x%04x", bits).isEqualTo(even);
        assertThat(round.applyAsDouble(Math.nextDown(middle)))
                .as("below the middle above 0x%04x", bits)
                .isEqualTo(bits);
        assertThat(round.applyAsDouble(Math.nextUp(middle)))
                .as("beyond the middle above 0x%04x", bits)
                .isEqualTo(bits + 1);
    }

    /** torch.tensor(x).half().view(torch.int16) and .bfloat16(), PyTorch 2.15. */
    @ParameterizedTest
    @CsvSource({
        "65519.996, 0x7bff, 0x4780",
        "65520, 0x7c00, 0x4780",
        "1e9, 0x7c00, 0x4e6e",
        "3.4e38, 0x7c00, 0x7f80",
        "-65520, 0xfc00, 0xc780",
        "2.9802322e-8, 0x0000, 0x3300",
        "2.9802326e-8, 0x0001, 0x3300",
        "-1e-40, 0x8000, 0x8001",
        "-0.0, 0x8000, 0x8000",
        "Infinity, 0x7c00, 0x7f80",
    })
    void agreesWithTorchAtTheEdges(float value, String half, String brain) {
        assertThat(Float16.fromFloat(value) & 0xffff).isEqualTo(Integer.decode(half));
        assertThat(BFloat16.fromFloat(value) & 0xffff).isEqualTo(Integer.decode(brain));
    }
}
