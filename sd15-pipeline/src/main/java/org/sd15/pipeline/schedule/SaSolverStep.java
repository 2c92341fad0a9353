package org.sd15.pipeline.schedule;

import java.util.List;

/**
 * A step of SA-Solver: the stochastic equation between two levels with the predictions taken as a polynomial in lambda
 * (propositions 4.2 and 4.3 of the paper).
 *
 * <pre>
 * x' = a x + c sum_i w_i P_i + s z,  w_i the integral of e^(k mu) l_i(mu) from mu = -h to 0
 * </pre>
 *
 * with mu the distance in lambda to the end of the step and l_i Lagrange's polynomials.
 *
 * @param from the level of the sample
 * @param to the level to go to, with some noise
 * @param tau how much noise is renewed, 0 for none
 * @param ofNoise whether the predictions are of noise rather than of pictures
 */
record SaSolverStep(NoiseLevel from, NoiseLevel to, double tau, boolean ofNoise) {

    /** The distance in lambda. */
    double h() {
        return to.lambda() - from.lambda();
    }

    /** 1 + tau^2. */
    private double growth() {
        return 1 + tau * tau;
    }

    private double exponent() {
        return ofNoise ? -1 : growth();
    }

    /** The factor a of the sample. */
    double sampleWeight() {
        return ofNoise ? to.alpha() / from.alpha() : to.sigma() / from.sigma() * Math.exp(-tau * tau * h());
    }

    /** The factor s of fresh noise. */
    double noiseWeight() {
        return ofNoise
                ? tau * to.sigma() * Math.sqrt(Math.expm1(2 * h()))
                : to.sigma() * Math.sqrt(-Math.expm1(-2 * tau * tau * h()));
    }

    /** The factor c of the predictions. */
    private double predictionWeight() {
        return ofNoise ? -growth() * to.sigma() : growth() * to.alpha();
    }

    /**
     * The predictions' part of the step.
     *
     * @param predictions as many as the order
     * @param correction added to the weight of the first of two predictions of pictures and taken from that of the other
     */
    LinearCombination integral(List<Prediction> predictions, double correction) {
        double[] moments = moments(predictions.size());
        double moved = predictions.size() == 2 && !ofNoise ? correction : 0;
        LinearCombination sum = LinearCombination.none();
        for (int i = 0; i < predictions.size(); i++) {
            double[] polynomial = lagrange(predictions, i);
            double weight = i == 0 ? moved : -moved;
            for (int power = 0; power < moments.length; power++) {
                weight += polynomial[power] * moments[power];
            }
            sum = sum.plus(predictions.get(i).value().times(predictionWeight() * weight));
        }
        return sum;
    }

    /**
     * What the predictor of order 2 moves from the older prediction to the newer, so that it is that of UniPC where no
     * noise is renewed.
     */
    double predictorCorrection(double lambdaOfOlder) {
        return (h() * h() / 2 - curvature()) / (from.lambda() - lambdaOfOlder);
    }

    /** What the corrector of order 2 moves from the prediction at the start to that at the end. */
    double correctorCorrection() {
        return h() / 2 - curvature() / h();
    }

    private double curvature() {
        double u = growth() * h();
        return (u + Math.expm1(-u)) / (growth() * growth());
    }

    /** The integrals of e^(k mu) mu^n over the step, by parts. */
    private double[] moments(int count) {
        double k = exponent();
        double start = Math.exp(-k * h());
        double[] moments = new double[count];
        moments[0] = -Math.expm1(-k * h()) / k;
        for (int n = 1; n < count; n++) {
            moments[n] = (-Math.pow(-h(), n) * start - n * moments[n - 1]) / k;
        }
        return moments;
    }

    /** The coefficients of the polynomial that is 1 at one prediction and 0 at the others, the constant one first. */
    private double[] lagrange(List<Prediction> predictions, int index) {
        double own = predictions.get(index).lambda();
        double[] polynomial = new double[predictions.size()];
        polynomial[0] = 1;
        for (Prediction other : predictions) {
            if (other != predictions.get(index)) {
                double zero = other.lambda() - to.lambda();
                double scale = 1 / (own - other.lambda());
                for (int power = polynomial.length - 1; power >= 0; power--) {
                    double lower = power == 0 ? 0 : polynomial[power - 1];
                    polynomial[power] = (lower - zero * polynomial[power]) * scale;
                }
            }
        }
        return polynomial;
    }
}
