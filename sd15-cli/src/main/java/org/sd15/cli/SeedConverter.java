package org.sd15.cli;

import java.math.BigInteger;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Seeds as {@code torch.manual_seed} takes them: 64 bits, read as a number with or without a sign, so that -1 and
 * 2^64 - 1 are the same.
 */
final class SeedConverter implements ITypeConverter<Long> {

    private static final BigInteger SMALLEST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger LARGEST = BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE);

    @Override
    public Long convert(String value) {
        BigInteger number;
        try {
            number = new BigInteger(value);
        } catch (NumberFormatException noNumber) {
            throw new TypeConversionException("'%s' is not a whole number".formatted(value));
        }
        if (number.compareTo(SMALLEST) < 0 || number.compareTo(LARGEST) > 0) {
            throw new TypeConversionException(
                    "'%s' is out of range: a seed is from %s to %s".formatted(value, SMALLEST, LARGEST));
        }
        return number.longValue();
    }
}
