package org.sd15.cli;

import java.util.Locale;
import org.sd15.attention.fused.Precision;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a precision by this program's name or those of others. */
final class PrecisionConverter implements ITypeConverter<Precision> {

    @Override
    public Precision convert(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "float32", "fp32", "f32", "float", "full", "no" -> Precision.FLOAT32;
            case "bfloat16", "bf16" -> Precision.BFLOAT16;
            default ->
                throw new TypeConversionException(
                        "'%s' is not one of float32 (fp32), bfloat16 (bf16)".formatted(value));
        };
    }
}
