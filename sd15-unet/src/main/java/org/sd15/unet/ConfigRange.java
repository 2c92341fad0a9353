package org.sd15.unet;

/**
 * The values that a number of a configuration may have. Configurations come with files that are not trusted: a value
 * outside is refused before anything is built or allocated from it.
 *
 * @param name the key, after the configuration that it belongs to
 * @param least the smallest value
 * @param most the largest value
 */
public record ConfigRange(String name, double least, double most) {

    /** Larger whole numbers are shown as a double is. */
    private static final double LARGEST_SHOWN_WHOLE = 1e15;

    /**
     * Makes sure that a value is in the range.
     *
     * @return the value
     * @throws IllegalArgumentException if it does not, or is not a number
     */
    public double require(double value) {
        if (value >= least && value <= most) {
            return value;
        }
        throw new IllegalArgumentException(
                "%s is %s, must be from %s to %s".formatted(name, show(value), show(least), show(most)));
    }

    private static String show(double value) {
        boolean whole = value == Math.rint(value) && Math.abs(value) < LARGEST_SHOWN_WHOLE;
        return whole ? Long.toString((long) value) : Double.toString(value);
    }
}
