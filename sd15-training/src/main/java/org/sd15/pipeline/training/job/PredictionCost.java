package org.sd15.pipeline.training.job;

import org.sd15.unet.UNetConfig;

/**
 * What a prediction of a UNet costs, counted from its configuration.
 *
 * @param flops floating-point operations of one picture under one text, two a multiplication
 */
public record PredictionCost(double flops) {

    /**
     * Part of its matrix rate that a processor reaches without gradients; convolutions by Winograd multiply less. At 64 x 64 a
     * prediction of Stable Diffusion 1.5 takes 3.4 s where a product runs at 212 GFLOP/s.
     */
    private static final double FUSED = 1.1;

    private static final double NATIVE = 0.45;

    /** Seconds of a prediction that no size reduces: a thousand small operations. */
    private static final double CALLS = 0.01;

    /**
     * The cost at a size.
     *
     * @param height of the latents
     * @param width of the latents
     * @param tokens of the text
     */
    public static PredictionCost of(UNetConfig config, int height, int width, int tokens) {
        return new PredictionCost(ForwardCost.ofUNet(config, height, width, tokens, ForwardCost.Kept.FUSED)
                .flops());
    }

    /**
     * Seconds, roughly.
     *
     * @param rate floating-point operations a second of a large product of matrices on this machine
     * @param fused whether the fused formulation computes
     */
    public double seconds(double rate, boolean fused) {
        return flops / (rate * (fused ? FUSED : NATIVE)) + CALLS;
    }
}
