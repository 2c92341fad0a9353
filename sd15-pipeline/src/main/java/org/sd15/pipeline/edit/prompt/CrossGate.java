package org.sd15.pipeline.edit.prompt;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sd15.pipeline.words.Window;

/**
 * When cross attention is edited: as a rule, and otherwise for some words of the target prompt. The published code has
 * no rule where only words are given; that is {@link Window#ALWAYS} here.
 *
 * @param rule for all tokens without a window of their own
 * @param words windows by word; where two share a token, the later one holds
 */
public record CrossGate(Window rule, Map<String, Window> words) {

    /** Copies the map and keeps its order. */
    public CrossGate {
        words = Collections.unmodifiableMap(new LinkedHashMap<>(words));
    }

    /** The same window for all words. */
    public CrossGate(Window rule) {
        this(rule, Map.of());
    }

    /** This gate with a window for a word or a phrase. */
    public CrossGate word(String word, Window window) {
        Map<String, Window> more = new LinkedHashMap<>(words);
        more.remove(word); // the last word is the one that was set last
        more.put(word, window);
        return new CrossGate(rule, more);
    }
}
