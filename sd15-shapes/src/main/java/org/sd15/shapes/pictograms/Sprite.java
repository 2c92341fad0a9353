package org.sd15.shapes.pictograms;

/** A pictogram in the size in which it is drawn. */
final class Sprite {

    private static final int CHANNELS = 3;

    private final int side;
    private final float[] values;

    /**
     * A sprite.
     *
     * @param values colours times alpha, then alpha, {@code [4, side, side]}
     */
    Sprite(int side, float[] values) {
        this.side = side;
        this.values = values.clone();
    }

    int side() {
        return side;
    }

    /** How much of a pixel it covers, from 0 to 1. */
    float alpha(int x, int y) {
        return values[(CHANNELS * side + y) * side + x];
    }

    /** A colour on it, from 0 to 1. */
    float over(int channel, int x, int y, float behind) {
        float alpha = alpha(x, y);
        float own = Math.min(alpha, values[(channel * side + y) * side + x]); // a filter with lobes may overshoot
        return own + (1 - alpha) * behind;
    }
}
