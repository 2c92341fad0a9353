package org.sd15.importer.tensor;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The number formats of the safetensors format, spelt as in its headers.
 *
 * <p>The order counts: a writer puts tensors of a later format first, so that the wide ones are aligned.
 *
 * @see <a href="https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs">safetensors,
 *     tensor.rs</a>
 */
public enum DType {
    BOOL(8, DataType.BOOL),
    F4(4, null),
    F6_E2M3(6, null),
    F6_E3M2(6, null),
    U8(8, DataType.UINT8),
    I8(8, DataType.INT8),
    F8_E5M2(8, null),
    F8_E4M3(8, null),
    F8_E8M0(8, null),
    F8_E4M3FNUZ(8, null),
    F8_E5M2FNUZ(8, null),
    I16(16, DataType.INT16),
    U16(16, DataType.UINT16),
    F16(16, DataType.FLOAT16),
    BF16(16, DataType.BFLOAT16),
    I32(32, DataType.INT32),
    U32(32, DataType.UINT32),
    F32(32, DataType.FLOAT),
    C64(64, null),
    F64(64, DataType.DOUBLE),
    I64(64, DataType.INT64),
    U64(64, DataType.UINT64);

    private final int bits;
    private final @Nullable DataType nd4j;

    DType(int bits, @Nullable DataType nd4j) {
        this.bits = bits;
        this.nd4j = nd4j;
    }

    /** Bits of one element; fewer than eight in the packed formats. */
    public int bits() {
        return bits;
    }

    /** ND4J's type with the same representation, if it has one. */
    public Optional<DataType> nd4j() {
        return Optional.ofNullable(nd4j);
    }

    /** The format with ND4J's representation, if there is one. */
    public static Optional<DType> of(DataType type) {
        return Arrays.stream(values()).filter(dtype -> dtype.nd4j == type).findFirst();
    }

    /**
     * Bytes of that many elements.
     *
     * @throws ArithmeticException if they are more than a long can count, or end within a byte
     */
    public long bytes(long elements) {
        long total = Math.multiplyExact(elements, (long) bits);
        if (total % Byte.SIZE != 0) {
            throw new ArithmeticException("%d elements of %s don't fill whole bytes".formatted(elements, this));
        }
        return total / Byte.SIZE;
    }

    /** Whether Java and torch read it as a real number with a fraction: what a model's weights come in. */
    public boolean isFloating() {
        return switch (this) {
            case F64, F32, F16, BF16, F8_E4M3, F8_E5M2 -> true;
            default -> false;
        };
    }

    /** Whether it is a whole number or a truth value. */
    public boolean isInteger() {
        return switch (this) {
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> true;
            default -> false;
        };
    }
}
