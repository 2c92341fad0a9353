package org.sd15.pipeline.schedule;

/**
 * What the model implied at a level: a picture or its noise.
 *
 * @param lambda of the level
 * @param value the prediction
 */
record Prediction(double lambda, LinearCombination value) {

    /** The divided difference to another prediction, in units of the step. */
    LinearCombination slope(Prediction other, double h) {
        return value.minus(other.value).times(h / (lambda - other.lambda));
    }
}
