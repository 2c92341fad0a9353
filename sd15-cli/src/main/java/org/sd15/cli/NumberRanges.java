package org.sd15.cli;

import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lists of numbers and ranges, for instance {@code 0,3,7-9}. */
final class NumberRanges {

    private static final Pattern RANGE = Pattern.compile("(\\d{1,6})(?:-(\\d{1,6}))?");

    private NumberRanges() {}

    /**
     * Which numbers a list has.
     *
     * @param option named in the message of a failure
     * @param text the list; null for all numbers
     */
    static IntPredicate of(String option, @Nullable String text) {
        if (text == null) {
            return number -> true;
        }
        BitSet numbers = new BitSet();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part.strip());
            if (!range.matches()) {
                throw refusal(option, text);
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            if (last < first) {
                throw refusal(option, text);
            }
            numbers.set(first, last + 1);
        }
        return numbers::get;
    }

    private static IllegalArgumentException refusal(String option, String text) {
        return new IllegalArgumentException(
                "%s is \"%s\", must be numbers and ranges such as 0,3,7-9".formatted(option, text));
    }
}
