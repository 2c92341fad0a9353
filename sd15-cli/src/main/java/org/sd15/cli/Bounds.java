package org.sd15.cli;

import java.util.Locale;

/**
 * The bounds of a number. Whatever they are, it is finite.
 *
 * @param from the smallest
 * @param to the largest
 * @param above whether the smallest itself is too small
 * @param below whether the largest itself is too large
 */
record Bounds(double from, double to, boolean above, boolean below) {

    /** Any finite number. */
    static final Bounds FINITE = new Bounds(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, false, false);

    /** A share of something. */
    static final Bounds SHARE = new Bounds(0, 1, false, false);

    /** The bounds of an annotation. */
    static Bounds of(InRange range) {
        return new Bounds(range.from(), range.to(), range.above(), range.below());
    }

    /**
     * Refuses a number that is out of bounds.
     *
     * @param what names it in the message
     * @throws IllegalArgumentException if it is
     */
    void require(String what, Number number) {
        double value = number.doubleValue();
        boolean largeEnough = above ? value > from : value >= from;
        boolean smallEnough = below ? value < to : value <= to;
        if (!(Double.isFinite(value) && largeEnough && smallEnough)) {
            throw new IllegalArgumentException("%s is %s, must be %s".formatted(what, number, this));
        }
    }

    @Override
    public String toString() {
        if (Double.isInfinite(from)) {
            return Double.isInfinite(to) ? "a finite number" : (below ? "below " : "at most ") + plain(to);
        }
        if (Double.isInfinite(to)) {
            return (above ? "above " : "at least ") + plain(from);
        }
        return "%s %s to %s%s".formatted(above ? "above" : "from", plain(from), below ? "below " : "", plain(to));
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : String.valueOf(value);
    }
}
