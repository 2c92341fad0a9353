package org.sd15.cli;

import java.util.Locale;
import org.sd15.pipeline.schedule.PredictionType;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads what a model predicts: diffusers' names, and {@code v} for short. */
final class PredictionConverter implements ITypeConverter<PredictionType> {

    @Override
    public PredictionType convert(String value) {
        String name = value.toLowerCase(Locale.ROOT);
        try {
            return name.equals("v") ? PredictionType.V_PREDICTION : PredictionType.of(name);
        } catch (IllegalArgumentException unknown) {
            throw new TypeConversionException("'%s' is not one of epsilon, v_prediction, sample".formatted(value));
        }
    }
}
