package org.sd15.cli;

import org.jspecify.annotations.Nullable;

/**
 * The value of an option that may be for one word alone: {@code 0.8}, or {@code red=0.8}.
 *
 * @param word the word, or null if the number is for all
 * @param number the number
 */
record WordNumber(@Nullable String word, double number) {

    /**
     * Takes the value apart.
     *
     * @param option named in the message of a failure
     * @throws IllegalArgumentException if there is no number, or one out of bounds
     */
    static WordNumber parse(String option, String text, Bounds bounds) {
        int equals = text.lastIndexOf('=');
        String digits = text.substring(equals + 1);
        double number = number(option, digits);
        bounds.require(equals < 0 ? option : "%s %s".formatted(option, text.substring(0, equals)), number);
        return new WordNumber(equals < 0 ? null : text.substring(0, equals), number);
    }

    /**
     * A number.
     *
     * @throws IllegalArgumentException if it is none
     */
    static double number(String option, String digits) {
        try {
            return Double.parseDouble(digits);
        } catch (NumberFormatException noNumber) {
            throw new IllegalArgumentException("%s has \"%s\", must be a number".formatted(option, digits), noNumber);
        }
    }
}
