package org.sd15.benchmark.method;

import java.util.ArrayList;
import java.util.List;

/**
 * How a target prompt differs from a source prompt.
 *
 * @param removed what the source has more: words in a row are one phrase
 * @param added what the target has more
 */
record PromptChange(List<String> removed, List<String> added) {

    /** Copies the lists. */
    PromptChange {
        removed = List.copyOf(removed);
        added = List.copyOf(added);
    }

    /** Whether nothing differs. */
    boolean isNothing() {
        return removed.isEmpty() && added.isEmpty();
    }

    /** The difference by the longest common sequence of words. */
    static PromptChange of(String source, String target) {
        String[] a = source.strip().split("\\s+");
        String[] b = target.strip().split("\\s+");
        int[][] common = new int[a.length + 1][b.length + 1];
        for (int i = a.length - 1; i >= 0; i--) {
            for (int j = b.length - 1; j >= 0; j--) {
                common[i][j] =
                        a[i].equals(b[j]) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        var removed = new Phrases();
        var added = new Phrases();
        int i = 0;
        int j = 0;
        while (i < a.length || j < b.length) {
            if (i < a.length && j < b.length && a[i].equals(b[j])) {
                removed.end();
                added.end();
                i++;
                j++;
            } else if (j == b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) {
                removed.add(a[i++]);
            } else {
                added.add(b[j++]);
            }
        }
        return new PromptChange(removed.all(), added.all());
    }

    /** Words that are put together into phrases. */
    private static final class Phrases {

        private final List<String> ended = new ArrayList<>();
        private final List<String> open = new ArrayList<>();

        void add(String word) {
            open.add(word);
        }

        void end() {
            if (!open.isEmpty()) {
                ended.add(String.join(" ", open));
                open.clear();
            }
        }

        List<String> all() {
            end();
            return ended;
        }
    }
}
