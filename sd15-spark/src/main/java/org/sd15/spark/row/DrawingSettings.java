package org.sd15.spark.row;

import org.jspecify.annotations.Nullable;

/**
 * The settings of a drawing; null for what is usual.
 *
 * @param negative what to stay away from
 * @param strength how much of a given picture is drawn anew, from 0 to 1; 0.8, and 1 with a mask
 * @param maskBlur standard deviation of the mask's border in pixels; 0
 * @param invertMask whether black is painted instead of white
 */
record DrawingSettings(
        @Nullable String negative,
        @Nullable Double strength,
        @Nullable Integer maskBlur,
        @Nullable Boolean invertMask) {

    private static final double STRENGTH = 0.8;

    /** Checks the border. */
    DrawingSettings {
        if (maskBlur != null && (maskBlur < 0 || maskBlur > 64)) {
            throw new IllegalArgumentException("maskBlur is %d, must be from 0 to 64 pixels".formatted(maskBlur));
        }
    }

    double strength(boolean masked) {
        return strength != null ? strength : masked ? 1 : STRENGTH;
    }

    int blur() {
        return maskBlur == null ? 0 : maskBlur;
    }

    boolean inverted() {
        return invertMask != null && invertMask;
    }
}
