package org.sd15.pipeline.words;

/**
 * A part of the denoising, from the noise (0) to the picture (1).
 *
 * @param from where it begins, in [0, 1]
 * @param to where it ends, in [from, 1]
 */
public record Window(double from, double to) {

    /** From the first step to the last. */
    public static final Window ALWAYS = new Window(0, 1);

    /** No step at all. */
    public static final Window NEVER = new Window(0, 0);

    /** Checks the bounds. */
    public Window {
        if (!(0 <= from && from <= to && to <= 1)) {
            throw new IllegalArgumentException(
                    "a window of steps from %s to %s: expected shares of the steps, 0 <= from <= to <= 1"
                            .formatted(from, to));
        }
    }

    /** From the first step on. */
    public static Window until(double to) {
        return new Window(0, to);
    }

    /**
     * Whether the step with a number, from 0 on, is in the window.
     *
     * @param count how many steps make up the whole; both ends of the window are cut to whole steps
     */
    public boolean contains(int step, int count) {
        return (int) (from * count) <= step && step < (int) (to * count);
    }
}
