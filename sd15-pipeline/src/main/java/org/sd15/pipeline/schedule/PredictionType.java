package org.sd15.pipeline.schedule;

import org.nd4j.linalg.api.ndarray.INDArray;

/** What a model was trained to predict, spelt as in diffusers. */
public enum PredictionType implements Spelled {
    /** The noise. */
    EPSILON,
    /** The velocity, {@code alpha * noise - sigma * picture} (T. Salimans, J. Ho, 2022, appendix D). */
    V_PREDICTION,
    /** The picture without noise. */
    SAMPLE;

    /** The constant of a {@code prediction_type}. */
    public static PredictionType of(String spelling) {
        return Spelled.of(PredictionType.class, "prediction_type", spelling);
    }

    /** The picture without noise that the model's output implies; {@code input} is what the model was given. */
    public LinearCombination original(LinearCombination input, LinearCombination output, NoiseLevel level) {
        return switch (this) {
            case EPSILON -> {
                require(
                        level.alpha() > 0,
                        "where no signal is left, as rescale_betas_zero_snr has it at the last timestep");
                yield input.minus(output.times(level.sigma())).times(1 / level.alpha());
            }
            case V_PREDICTION -> input.times(level.alpha()).minus(output.times(level.sigma()));
            case SAMPLE -> output;
        };
    }

    /** The noise that the model's output implies. */
    public LinearCombination epsilon(LinearCombination input, LinearCombination output, NoiseLevel level) {
        return switch (this) {
            case EPSILON -> output;
            case V_PREDICTION -> output.times(level.alpha()).plus(input.times(level.sigma()));
            case SAMPLE -> {
                require(
                        level.sigma() > 0,
                        "where there is no noise, as set_alpha_to_one has it before the first timestep");
                yield input.minus(output.times(level.alpha())).times(1 / level.sigma());
            }
        };
    }

    /**
     * The noise that a model's output implies.
     *
     * @param input what the model was given, not scaled
     * @param output of the model, same shape
     * @param level of the input
     * @return same shape, a new array
     */
    public INDArray epsilon(INDArray input, INDArray output, NoiseLevel level) {
        return epsilon(CallPlan.sample(0), CallPlan.output(0), level)
                .evaluate(symbol -> symbol.quantity() == LinearCombination.Quantity.SAMPLE ? input : output, input);
    }

    private void require(boolean known, String where) {
        if (!known) {
            throw new IllegalArgumentException(
                    "a model of prediction_type %s says nothing %s".formatted(spelling(), where));
        }
    }
}
