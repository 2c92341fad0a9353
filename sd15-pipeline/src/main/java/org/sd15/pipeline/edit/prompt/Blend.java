package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.denoise.Grid;

/**
 * What keeps an edit local: only where these words are, the targets may differ from the source. Immutable; the methods
 * return another blend.
 *
 * @param words each with one of the source first, then one of each target; one for all targets is enough
 * @param subtracted likewise, words whose places stay as in the source; may be empty
 * @param threshold share of the largest attention from which a pixel belongs to a word
 * @param start share of the steps before the first one that blends
 * @param resolution size of the attention maps that are used; null for a quarter of the latents
 */
public record Blend(
        List<List<String>> words,
        List<List<String>> subtracted,
        double threshold,
        double start,
        @Nullable Grid resolution) {

    private static final double THRESHOLD = 0.3;
    private static final double START = 0.2;

    /** Copies the lists and checks the shares. */
    public Blend {
        words = words.stream().map(List::copyOf).toList();
        subtracted = subtracted.stream().map(List::copyOf).toList();
        if (!(threshold >= 0 && threshold < 1)) {
            throw new IllegalArgumentException(
                    "local blending: the threshold is %s, must be from 0 to below 1".formatted(threshold));
        }
        if (!(start >= 0 && start <= 1)) {
            throw new IllegalArgumentException("local blending: the start is %s, must be from 0 to 1".formatted(start));
        }
        words.forEach(Blend::requirePair);
        subtracted.forEach(Blend::requirePair);
    }

    private static void requirePair(List<String> word) {
        if (word.size() < 2) {
            throw new IllegalArgumentException(
                    "local blending needs a word of the source and one of the target, got %s".formatted(word));
        }
    }

    /**
     * A blend with the published threshold 0.3 and start 0.2.
     *
     * @param sourceWord a word or phrase of the source prompt
     * @param targetWords one for all targets, or one of each
     */
    public static Blend of(String sourceWord, String... targetWords) {
        return new Blend(List.of(pair(sourceWord, targetWords)), List.of(), THRESHOLD, START, null);
    }

    /** This blend for another word as well. */
    public Blend and(String sourceWord, String... targetWords) {
        return new Blend(with(words, pair(sourceWord, targetWords)), subtracted, threshold, start, resolution);
    }

    /** This blend without the places of a word. */
    public Blend without(String sourceWord, String... targetWords) {
        return new Blend(words, with(subtracted, pair(sourceWord, targetWords)), threshold, start, resolution);
    }

    /** This blend with another threshold: share, from 0 to below 1, of the largest attention. */
    public Blend threshold(double share) {
        return new Blend(words, subtracted, share, start, resolution);
    }

    /** This blend from another step on: after this share, 0 to 1, of the steps. */
    public Blend startAfter(double share) {
        return new Blend(words, subtracted, threshold, share, resolution);
    }

    /** This blend with attention maps of another size; null for a quarter of the latents. */
    public Blend resolution(@Nullable Grid maps) {
        return new Blend(words, subtracted, threshold, start, maps);
    }

    private static List<String> pair(String sourceWord, String... targetWords) {
        return with(List.of(sourceWord), targetWords);
    }

    @SafeVarargs
    private static <T> List<T> with(List<T> list, T... more) {
        List<T> all = new ArrayList<>(list);
        all.addAll(List.of(more));
        return all;
    }
}
