package org.sd15.pipeline.text;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The pieces of the words that were asked for last. Thread-safe; it holds a fixed number of short words at most. */
final class RecentWords {

    private static final int LONGEST = 64;

    private final Map<String, List<String>> pieces;

    RecentWords(int capacity) {
        pieces = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, List<String>> eldest) {
                return size() > capacity;
            }
        };
    }

    /** The pieces of a word, found by the given function unless they are remembered. */
    List<String> pieces(String word, Function<String, List<String>> split) {
        if (word.length() > LONGEST) {
            return split.apply(word);
        }
        synchronized (pieces) {
            return pieces.computeIfAbsent(word, split);
        }
    }
}
