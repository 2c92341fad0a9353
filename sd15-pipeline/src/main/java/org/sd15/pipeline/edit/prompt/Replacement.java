package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.sd15.pipeline.edit.prompt.PromptAlignment.Share;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.PromptWords.Word;

/**
 * Aligns prompts word by word. A word that is replaced by one of as many tokens hands over its attention token by
 * token; otherwise every old token gives each of the n new ones an n-th. Start token, end token and padding of each chunk
 * follow in order.
 */
final class Replacement {

    private final PromptWords source;
    private final PromptWords target;
    private final List<Share> shares = new ArrayList<>();
    private final Set<Integer> added = new HashSet<>();

    Replacement(PromptWords source, PromptWords target) {
        this.source = source;
        this.target = target;
    }

    PromptAlignment align(Conformance conformance) {
        List<Word> from = source.words();
        List<Word> to = target.words();
        if (from.size() != to.size()) {
            throw new IllegalArgumentException(
                    "words are replaced one by one, but \"%s\" has %d and \"%s\" has %d; make them equal, or refine"
                            .formatted(source, from.size(), target, to.size()));
        }
        boolean corrected = conformance == Conformance.CORRECTED;
        int words = corrected ? from.size() : lastDifference() + 1;
        shares.add(new Share(0, 0, 1));
        for (int word = 0; word < words; word++) {
            List<Integer> old = source.seen(from.get(word));
            List<Integer> fresh = target.seen(to.get(word));
            hand(old, fresh, isSame(word));
        }
        if (corrected) {
            addBetweenChunks();
        } else {
            addSamePositions(words);
        }
        return new PromptAlignment(source, target, AlignmentMode.REPLACE, shares, added);
    }

    /** In every chunk what is behind the words of the target follows, in order, what is behind those of the source. */
    private void addBetweenChunks() {
        int length = target.chunkLength();
        for (int start = 0; start < target.keys(); start += length) {
            if (start > 0) {
                shares.add(new Share(start, start, 1));
            }
            int i = source.endToken(start / length);
            int j = target.endToken(start / length);
            for (; i < start + length && j < start + length; i++, j++) {
                shares.add(new Share(i, j, 1));
            }
        }
    }

    /** The published code's: what is behind the first words reads the source at its own position. */
    private void addSamePositions(int words) {
        int i = 1 + seen(source, words);
        int j = 1 + seen(target, words);
        for (; i < source.keys() && j < target.keys(); i++, j++) {
            shares.add(new Share(j, j, 1));
        }
    }

    private static int seen(PromptWords prompt, int words) {
        return prompt.words().stream()
                .limit(words)
                .mapToInt(word -> prompt.seen(word).size())
                .sum();
    }

    private void hand(List<Integer> old, List<Integer> fresh, boolean same) {
        if (same || old.size() == fresh.size()) {
            int pairs = Math.min(old.size(), fresh.size());
            for (int i = 0; i < pairs; i++) {
                shares.add(new Share(old.get(i), fresh.get(i), 1));
            }
            added.addAll(fresh.subList(pairs, fresh.size())); // the source word is cut off
        } else if (old.isEmpty()) {
            added.addAll(fresh); // the source word is cut off
        } else {
            for (int token : old) {
                fresh.forEach(other -> shares.add(new Share(token, other, 1.0 / fresh.size())));
            }
        }
    }

    private boolean isSame(int word) {
        return source.words().get(word).text().equals(target.words().get(word).text());
    }

    private int lastDifference() {
        int last = source.words().size() - 1;
        while (last >= 0 && isSame(last)) {
            last--;
        }
        return last;
    }
}
