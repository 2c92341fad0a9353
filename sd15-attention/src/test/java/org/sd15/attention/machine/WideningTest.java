package org.sd15.attention.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** All numbers of 16 bits become the floats that they are by definition, many at a time and few. */
class WideningTest {

    private static final int NUMBERS = 1 << Short.SIZE;

    /** Lanes ask the backend how many threads there are. */
    @BeforeAll
    static void loadTheBackend() {
        assertThat(Nd4j.getEnvironment().isCPU()).isTrue();
    }

    /** By the definition: sign, exponent with its bias, fraction behind a hidden one. */
    private static double value(int bits, int fractionBits, int bias) {
        int exponentBits = Short.SIZE - 1 - fractionBits;
        int fraction = bits & ((1 << fractionBits) - 1);
        int exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
        double sign = (bits & 0x8000) == 0 ? 1 : -1;
        if (exponent == (1 << exponentBits) - 1) {
            return fraction == 0 ? sign / 0.0 : Double.NaN;
        }
        double significand = Math.scalb((double) fraction, -fractionBits) + (exponent == 0 ? 0 : 1);
        return sign * Math.scalb(significand, Math.max(exponent, 1) - bias);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"HALF", "BFLOAT16"})
    void widensAllNumbers(DataType type) {
        for (int times : new int[] {1, 3}) { // with 3 they are shared by the cores
            try (ShortPointer narrow = new ShortPointer((long) times * NUMBERS);
                    FloatPointer wide = new FloatPointer((long) times * NUMBERS)) {
                for (int i = 0; i < times * NUMBERS; i++) {
                    narrow.put(i, (short) i);
                }
                HalfPrecision.widen(type, narrow.address(), wide.address(), (long) times * NUMBERS);
                for (int i = 0; i < times * NUMBERS; i++) {
                    int bits = i & 0xffff;
                    double expected = type == DataType.HALF ? value(bits, 10, 15) : value(bits, 7, 127);
                    assertThat(Float.floatToIntBits(wide.get(i))) // signs of zeros too
                            .as("%x", bits)
                            .isEqualTo(Float.floatToIntBits((float) expected));
                }
            }
        }
    }
}
