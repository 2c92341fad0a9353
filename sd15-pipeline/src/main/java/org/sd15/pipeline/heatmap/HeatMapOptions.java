package org.sd15.pipeline.heatmap;

/**
 * What {@link HeatMaps} keeps, in double precision. The attention to a prompt of 12 tokens at the 15 sites of Stable
 * Diffusion 1.5 takes 20 MiB for a 512x512 picture; that of the last step and the sum of those before are kept, or that of
 * each step.
 *
 * @param everyStep keep the attention of each step by itself, so that any step can be done again and steps can be
 *     chosen afterwards; otherwise only the last step can be done again, or all of them
 * @param allTokens keep the padding after the end token as well
 */
public record HeatMapOptions(boolean everyStep, boolean allTokens) {

    /** The tokens of the prompt from the start to the end token, summed over the steps. */
    public static final HeatMapOptions DEFAULT = new HeatMapOptions(false, false);
}
