package org.sd15.importer.names;

import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds what a misspelt name may have meant. */
public final class NearestName {

    /** Pairs of characters that are compared before the search gives up; it would take hours on the worst of files. */
    static final long MOST_COMPARISONS = 20_000_000;

    private NearestName() {}

    /**
     * The name with the fewest changed characters, if a third of them or less has changed. Of very many and long
     * candidates only the first are looked at.
     */
    public static @Nullable String of(String name, Collection<String> candidates) {
        String nearest = null;
        int bound = name.length() / 3 + 1;
        long left = MOST_COMPARISONS;
        for (String candidate : candidates) {
            left -= 1 + (long) name.length() * candidate.length();
            if (left < 0) {
                break;
            }
            int distance = distance(name, candidate, bound);
            if (distance < bound) {
                bound = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Levenshtein's distance, given up as soon as it can't be below the bound. */
    private static int distance(String one, String other, int bound) {
        if (Math.abs(one.length() - other.length()) >= bound) {
            return bound;
        }
        int[] above = new int[other.length() + 1];
        Arrays.setAll(above, i -> i);
        int[] row = new int[above.length];
        for (int i = 1; i <= one.length(); i++) {
            row[0] = i;
            int best = i;
            for (int j = 1; j < row.length; j++) {
                int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(above[j - 1] + change, 1 + Math.min(above[j], row[j - 1]));
                best = Math.min(best, row[j]);
            }
            if (best >= bound) {
                return bound;
            }
            int[] swapped = above;
            above = row;
            row = swapped;
        }
        return above[other.length()];
    }
}
