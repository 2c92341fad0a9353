package org.sd15.pipeline.schedule;

import org.sd15.pipeline.schedule.SchedulerConfig.AlgorithmType;

/**
 * The part of a diffusion equation that is solved exactly between two noise levels, and the weights with which the
 * model's prediction, taken as a polynomial in lambda, enters the rest. All forms of DPM-Solver are one formula
 * with another exponent u:
 *
 * <pre>
 * x' = a x - c (phi0 D0 + phi1 D1 + phi2 D2) + s z
 * phi0 = e^u - 1,  phi1 = phi0 / u - 1,  phi2 = (phi0 - u) / u^2 - 1/2
 * </pre>
 *
 * @param form which integral is solved
 * @param from the level of the sample
 * @param to the level to go to; without noise, lambda and so u are infinite and only {@link #phi0} is defined, as it is
 *     for an empty step
 */
record ExponentialStep(AlgorithmType form, NoiseLevel from, NoiseLevel to) {

    private static final double SMALLEST_STEP = 1e-9;

    /** The distance in lambda, half the logarithm of the signal-to-noise ratio. */
    double h() {
        return to.lambda() - from.lambda();
    }

    /** Whether the levels are the same, as at the end of Karras levels with final_sigmas_type sigma_min. */
    boolean isEmpty() {
        return Math.abs(h()) < SMALLEST_STEP;
    }

    /** The factor a of the sample. */
    double sampleWeight() {
        return switch (form) {
            case DPMSOLVER, SDE_DPMSOLVER -> to.alpha() / from.alpha();
            case DPMSOLVER_PLUS_PLUS -> to.sigma() / from.sigma();
            case SDE_DPMSOLVER_PLUS_PLUS -> to.sigma() / from.sigma() * Math.exp(-h());
        };
    }

    /** The factor c of the predictions: of noise in the first form, of pictures in the others. */
    double predictionWeight() {
        return switch (form) {
            case DPMSOLVER -> to.sigma();
            case SDE_DPMSOLVER -> 2 * to.sigma();
            case DPMSOLVER_PLUS_PLUS, SDE_DPMSOLVER_PLUS_PLUS -> to.alpha();
        };
    }

    /** The factor s of fresh noise. */
    double noiseWeight() {
        return switch (form) {
            case DPMSOLVER, DPMSOLVER_PLUS_PLUS -> 0;
            case SDE_DPMSOLVER -> to.sigma() * Math.sqrt(Math.expm1(2 * h()));
            case SDE_DPMSOLVER_PLUS_PLUS -> to.sigma() * Math.sqrt(-Math.expm1(-2 * h()));
        };
    }

    /** Whether the predictions are of pictures rather than of noise. */
    static boolean ofPictures(AlgorithmType form) {
        return form == AlgorithmType.DPMSOLVER_PLUS_PLUS || form == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
    }

    /** Whether every step adds noise. */
    static boolean isStochastic(AlgorithmType form) {
        return form == AlgorithmType.SDE_DPMSOLVER || form == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
    }

    double phi0() {
        return Math.expm1(exponent());
    }

    double phi1() {
        return phi0() / exponent() - 1;
    }

    /** With noise the half has the other sign, as in diffusers: it does not vanish with the step. */
    double phi2() {
        double u = exponent();
        double half = form == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS ? -0.5 : 0.5;
        return (phi0() - u) / (u * u) - half;
    }

    private double exponent() {
        return switch (form) {
            case DPMSOLVER, SDE_DPMSOLVER -> h();
            case DPMSOLVER_PLUS_PLUS -> -h();
            case SDE_DPMSOLVER_PLUS_PLUS -> -2 * h();
        };
    }
}
