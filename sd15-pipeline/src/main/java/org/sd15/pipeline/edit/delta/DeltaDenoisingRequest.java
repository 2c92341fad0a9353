package org.sd15.pipeline.edit.delta;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Guidance;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptStyle;

/**
 * A picture that is to become what a prompt says, by optimisation and without inversion. Immutable; the methods return a
 * new request.
 *
 * @param source what the picture shows
 * @param target what it is to show
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}
 * @param iterations steps of the optimisation
 * @param guidance classifier-free guidance of both predictions
 * @param stepSize what the latents move by, times the difference of the predictions
 * @param seed of torch's generator: for each iteration a timestep, then noise
 * @param mask 1 where the latents may move, {@code [h, w]} of the latents; null for everywhere
 * @param kind what the prediction is compared with
 * @param promptStyle how both prompts are written
 */
public record DeltaDenoisingRequest(
        String source,
        String target,
        INDArray picture,
        int iterations,
        Guidance guidance,
        double stepSize,
        long seed,
        @Nullable INDArray mask,
        Loss kind,
        PromptStyle promptStyle) {

    private static final int ITERATIONS = 200;
    private static final double GUIDANCE = 7.5;

    /**
     * Of the published code: a learning rate of 0.1 and a loss of 2000 times a sum over the pixels, divided by the 64 * 64
     * pixels of its latents. Latents of another size move as far.
     */
    static final double STEP_SIZE = 0.1 * 2000 / (64 * 64);

    /** What the prediction for the target is compared with. */
    public enum Loss {
        /** The prediction for the source with the same noise: what both get wrong cancels out. */
        DELTA,
        /** The noise itself, as Score Distillation Sampling does; blurs, here for comparison. */
        SCORE
    }

    /** Checks numbers. */
    public DeltaDenoisingRequest {
        if (iterations < 1 || !Double.isFinite(stepSize)) {
            throw new IllegalArgumentException("delta denoising: %d iterations of step size %s; at least one is needed"
                    .formatted(iterations, stepSize));
        }
        if (mask != null && mask.rank() != 2) {
            throw new IllegalArgumentException(
                    "delta denoising: the mask has shape %s, must be [h, w]".formatted(Arrays.toString(mask.shape())));
        }
    }

    /**
     * A request with the published settings: 200 iterations, guidance 7.5; the seed is 42.
     *
     * @param source what the picture shows
     * @param target what it is to show
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     */
    public static DeltaDenoisingRequest of(String source, String target, INDArray picture) {
        return new DeltaDenoisingRequest(
                source,
                target,
                picture,
                ITERATIONS,
                new Guidance(GUIDANCE, 0),
                STEP_SIZE,
                42,
                null,
                Loss.DELTA,
                PromptStyle.PLAIN);
    }

    /** This request with another number of iterations. */
    public DeltaDenoisingRequest iterations(int number) {
        return new DeltaDenoisingRequest(
                source, target, picture, number, guidance, stepSize, seed, mask, kind, promptStyle);
    }

    /** This request with other guidance. */
    public DeltaDenoisingRequest guidance(double scale) {
        return new DeltaDenoisingRequest(
                source, target, picture, iterations, new Guidance(scale, 0), stepSize, seed, mask, kind, promptStyle);
    }

    /** This request with another step size. */
    public DeltaDenoisingRequest stepSize(double size) {
        return new DeltaDenoisingRequest(
                source, target, picture, iterations, guidance, size, seed, mask, kind, promptStyle);
    }

    /** This request with other random numbers. */
    public DeltaDenoisingRequest seed(long number) {
        return new DeltaDenoisingRequest(
                source, target, picture, iterations, guidance, stepSize, number, mask, kind, promptStyle);
    }

    /**
     * This request kept to a part of the picture.
     *
     * @param where 1 where the latents may move, {@code [h, w]} of the latents
     */
    public DeltaDenoisingRequest mask(INDArray where) {
        return new DeltaDenoisingRequest(
                source, target, picture, iterations, guidance, stepSize, seed, where, kind, promptStyle);
    }

    /** This request of another kind. */
    public DeltaDenoisingRequest kind(Loss other) {
        return new DeltaDenoisingRequest(
                source, target, picture, iterations, guidance, stepSize, seed, mask, other, promptStyle);
    }

    /** This request with prompts in another style. */
    public DeltaDenoisingRequest promptStyle(PromptStyle style) {
        return new DeltaDenoisingRequest(
                source, target, picture, iterations, guidance, stepSize, seed, mask, kind, style);
    }

    /**
     * Prepares the run.
     *
     * @return its latents are {@code [1, 4, h, w]}
     * @throws IllegalArgumentException if the mask is not of the latents' size
     */
    public DeltaDenoising on(DiffusionModel model) {
        return DeltaDenoising.of(model, List.of(this));
    }
}
