package org.sd15.pipeline.inversion;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.Sampler;

/** One guided step of which the unconditional text is fitted. */
final class NullTextStep {

    /**
     * The squared error of the step, and its slope.
     *
     * @param gradient with respect to the unconditional text states, of their shape
     */
    record Loss(double value, INDArray gradient) {}

    private final NoisePredictor model;
    private final Sampler sampler;
    private final int call;
    private final INDArray latents;
    private final INDArray wanted;
    private final INDArray conditional;
    private final double guidance;

    /**
     * A step.
     *
     * @param latents before it, {@code [1, 4, h, w]}
     * @param wanted the latents that it is to lead to
     * @param text states of the prompt, {@code [1, tokens, width]}
     */
    NullTextStep(
            NoisePredictor model,
            Sampler sampler,
            int call,
            INDArray latents,
            INDArray wanted,
            INDArray text,
            double guidance) {
        this.model = model;
        this.sampler = sampler;
        this.call = call;
        this.latents = latents;
        this.wanted = wanted;
        this.conditional = model.predict(latents, sampler.timestep(call), text);
        this.guidance = guidance;
    }

    /** The latents after the step. */
    INDArray next(INDArray nullText) {
        return guided(model.predict(latents, sampler.timestep(call), nullText));
    }

    private INDArray guided(INDArray unconditional) {
        INDArray prediction = unconditional.add(conditional.sub(unconditional).mul(guidance));
        return sampler.step(call, prediction, latents, null).prevSample();
    }

    /** The mean squared error of the step and its gradient. */
    Loss loss(INDArray nullText) {
        double timestep = sampler.timestep(call);
        INDArray error = guided(model.predict(latents, timestep, nullText)).sub(wanted);
        double value = error.mul(error).meanNumber().doubleValue();
        INDArray slope = error.mul(2.0 / error.length() * slopeOfStep() * (1 - guidance));
        return new Loss(value, model.contextGradient(latents, timestep, nullText, slope));
    }

    /** How far the next latents move with the prediction, the same at every pixel: the step is linear in it. */
    private double slopeOfStep() {
        INDArray none = latents.mul(0);
        INDArray one = none.add(1);
        return sampler.step(call, one, none, null).prevSample().getDouble(0);
    }
}
