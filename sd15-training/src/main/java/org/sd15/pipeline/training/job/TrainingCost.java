package org.sd15.pipeline.training.job;

/**
 * What a training needs, counted from configurations: nothing is loaded for it.
 *
 * @param frozen bytes of weights that stay as they are; mapped from their files
 * @param trained parameters that learn
 * @param perParameter bytes for each of them: itself, its gradient, two moments, its average perhaps
 * @param activations bytes of what a forward pass keeps for the backward pass, and of gradients of frozen weights where ND4J makes some
 * @param flops floating-point operations of a step
 * @param efficiency part of its matrix rate that a processor reaches
 */
public record TrainingCost(
        double frozen, long trained, int perParameter, double activations, double flops, double efficiency) {

    /** Classes, code, buffers of the libraries and small arrays. */
    private static final double PROGRAM = 0.85e9;

    /** Seconds of a pass that no size reduces: some six thousand operations are called. */
    private static final double CALLS = 0.2;

    /** Bytes of memory in all. */
    public double bytes() {
        return PROGRAM + frozen + (double) trained * perParameter + activations;
    }

    /**
     * Seconds a step, roughly.
     *
     * @param rate floating-point operations a second of a large product of matrices on this machine
     * @param passes passes a step
     */
    public double seconds(double rate, int passes) {
        return flops / (efficiency * rate) + CALLS * passes;
    }

    @Override
    public String toString() {
        return "%,d parameters learn; memory about %.1f GB: %.2f frozen weights, %.2f trained with gradients and moments, %.2f for a pass"
                .formatted(
                        trained, bytes() / 1e9, frozen / 1e9, (double) trained * perParameter / 1e9, activations / 1e9);
    }
}
