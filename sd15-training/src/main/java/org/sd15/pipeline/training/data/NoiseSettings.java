package org.sd15.pipeline.training.data;

/**
 * How noise is drawn.
 *
 * @param offset how much of a number that a whole channel shares is added to it (Guttenberg, 2023); 0: none
 * @param perturbation how much further noise the model is given but not asked for (Ning et al., 2023); 0: none
 * @param timesteps training time steps, of which one is drawn per picture
 */
public record NoiseSettings(double offset, double perturbation, int timesteps) {

    /** Checks the ranges. */
    public NoiseSettings {
        if (!(offset >= 0 && perturbation >= 0 && Double.isFinite(offset + perturbation)) || timesteps < 1) {
            throw new IllegalArgumentException(
                    "noise with offset %s, perturbation %s and %d time steps: none may be negative or infinite, and there must be a step"
                            .formatted(offset, perturbation, timesteps));
        }
    }

    /** Plain noise. */
    public static NoiseSettings plain(int timesteps) {
        return new NoiseSettings(0, 0, timesteps);
    }
}
