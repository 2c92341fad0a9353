package org.sd15.cli;

import java.util.Locale;
import org.sd15.importer.ModelPart;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads which part of a model learns: {@code unet}, and {@code text} or {@code text_encoder}. */
final class TrainedPartConverter implements ITypeConverter<ModelPart> {

    @Override
    public ModelPart convert(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "unet" -> ModelPart.UNET;
            case "text", "text_encoder" -> ModelPart.TEXT_ENCODER;
            case "vae" -> throw new TypeConversionException("the autoencoder has its own command, train vae");
            default -> throw new TypeConversionException("'%s' is not one of unet, text".formatted(value));
        };
    }
}
