package org.sd15.pipeline.training;

/**
 * How large the steps are: a linear warm-up, then what the shape says. The numbers are those of diffusers'
 * {@code get_scheduler}: with a warm-up, the first step has rate 0.
 *
 * @param shape what follows the warm-up
 * @param peak the rate after the warm-up
 * @param warmup steps of the warm-up
 * @param total steps of the whole run
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/optimization.py">diffusers,
 *     optimization.py</a>
 */
public record LearningRate(Shape shape, double peak, int warmup, int total) {

    /** What follows the warm-up. */
    public enum Shape {
        /** The same rate to the end. */
        CONSTANT,
        /** A line that falls to 0. */
        LINEAR,
        /** Half a wave of the cosine, from the peak to 0. */
        COSINE,
        /**
         * The same rate for four fifths of the run, then a line that falls to 0. As long as it has not begun to fall, a run
         * can be made longer or shorter and nothing of what was done would have been done otherwise.
         *
         * @see <a href="https://arxiv.org/abs/2404.06395">Hu et al., MiniCPM: warm-up, stable, decay</a>
         */
        LATE_DECAY
    }

    /** Part of the run that {@link Shape#LATE_DECAY} falls in. */
    private static final double LATE = 0.2;

    /** Checks the ranges. */
    public LearningRate {
        if (!(peak >= 0 && Double.isFinite(peak)) || warmup < 0 || total < 1) {
            throw new IllegalArgumentException(
                    "learning rate %s with %d steps of warm-up in %d: it must not be negative, and there must be a step"
                            .formatted(peak, warmup, total));
        }
    }

    /** The same rate always. */
    public static LearningRate constant(double rate, int total) {
        return new LearningRate(Shape.CONSTANT, rate, 0, total);
    }

    /** Another rate after the warm-up. */
    public LearningRate withPeak(double rate) {
        return new LearningRate(shape, rate, warmup, total);
    }

    /** Another number of steps. */
    public LearningRate withTotal(int steps) {
        return new LearningRate(shape, peak, warmup, steps);
    }

    /** The rate of a step, counted from 0. */
    public double at(int step) {
        if (step < warmup) {
            return peak * step / warmup;
        }
        double done = (double) (step - warmup) / Math.max(1, total - warmup);
        return switch (shape) {
            case CONSTANT -> peak;
            case LINEAR -> peak * Math.max(0, 1 - done);
            case COSINE -> peak * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * done)));
            case LATE_DECAY -> peak * Math.max(0, Math.min(1, (total - step) / (LATE * total)));
        };
    }
}
