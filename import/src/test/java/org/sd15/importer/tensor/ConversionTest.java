package org.sd15.importer.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.Foreign;
import org.sd15.importer.TensorFiles;
import org.sd15.testing.Fixture;

class ConversionTest {

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer convert(DType from, DType to, ByteBuffer in) {
        ByteBuffer out = buffer(64);
        Conversion.between(from, to).convert(in, out);
        assertThat(in.hasRemaining()).as("input is used up").isFalse();
        return out.flip();
    }

    /** Casts of PyTorch 2.15: {@code torch.tensor(2**64 - 1, dtype=torch.uint64).float()} and the like. */
    @ParameterizedTest
    @CsvSource({
        "U64, -1, 1.8446744073709552E19",
        "U64, -9223372036854775808, 9.223372036854775807E18",
        "U64, -9223372036854774783, 9.223372036854777856E18",
        "I64, -1, -1",
        "I64, 9007199254740993, 9007199254740992",
    })
    void readsLargeWholeNumbersAsNumbers(DType from, long bits, double expected) {
        ByteBuffer in = buffer(8).putLong(bits).flip();
        assertThat(convert(from, DType.F64, in.duplicate().order(ByteOrder.LITTLE_ENDIAN))
                        .getDouble())
                .isEqualTo(expected);
        assertThat(convert(from, DType.F32, in).getFloat()).isEqualTo((float) expected);
    }

    @Test
    void refusesAnUnsignedNumberThatNoLongHolds() {
        assertThatThrownBy(() ->
                        convert(DType.U64, DType.I64, buffer(8).putLong(-1).flip()))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContainingAll("18446744073709551615", "I64");
    }

    /** 0x81 and friends have the sign bit set: reading them signed or unsigned is the difference that shows. */
    @ParameterizedTest
    @CsvSource({
        "I8, 0x81, -127",
        "U8, 0x81, 129",
        "BOOL, 0x02, 1",
        "I16, 0x8001, -32767",
        "U16, 0x8001, 32769",
        "I32, 0x80000001, -2147483647",
        "U32, 0x80000001, 2147483649",
    })
    void readsSignedAndUnsignedWholeNumbers(DType from, String bits, long expected) {
        ByteBuffer in = buffer(8).putLong(Long.decode(bits)).flip().limit(from.bits() / 8);
        assertThat(convert(from, DType.I64, in).getLong()).isEqualTo(expected);
    }

    /** A double just above the middle of two halves lies on the middle as a float, and then goes to the even one. */
    @Test
    void makesAHalfOfADoubleByWayOfAFloatAsTorchDoes() {
        double aboveTheMiddle = 1 + 0x1p-11 + 0x1p-40;
        ByteBuffer in = buffer(8).putDouble(aboveTheMiddle).flip();
        assertThat(convert(DType.F64, DType.F16, in).getShort()).isEqualTo((short) 0x3c00);
    }

    @ParameterizedTest
    @CsvSource({"F32, I64", "F16, BOOL", "I32, F16", "C64, F32", "F8_E8M0, F32", "U8, F4", "F32, F8_E4M3"})
    void hasNoWayThatWouldLoseWhatTheNumbersMean(DType from, DType to) {
        assertThat(Conversion.exists(from, to)).isFalse();
        assertThatThrownBy(() -> Conversion.between(from, to)).hasMessageContainingAll(from.name(), to.name());
    }

    /** The reference is {@code tensor.bfloat16()}: each weight of the rule, rounded. */
    @Test
    void readsBfloat16ExactlyAsItWasRounded() throws IOException {
        Fixture expected = Foreign.diffusers("unet");
        try (TensorFile file = TensorFiles.open(Foreign.path("unet-bf16.safetensors"))) {
            assertThat(file.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.names());
            for (String name : expected.names()) {
                float[] weights = expected.get(name).data().asFloat();
                for (int i = 0; i < weights.length; i++) {
                    weights[i] = BFloat16.toFloat(BFloat16.fromFloat(weights[i]));
                }
                INDArray actual = file.load(name, DataType.FLOAT);
                assertThat(actual.data().asFloat()).as(name).isEqualTo(weights);
                assertThat(file.load(name, DataType.DOUBLE).data().asFloat())
                        .as(name)
                        .isEqualTo(weights);
            }
        }
    }
}
