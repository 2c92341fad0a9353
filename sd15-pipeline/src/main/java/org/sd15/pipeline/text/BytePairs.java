package org.sd15.pipeline.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Byte pair encoding of one word: neighbouring pieces are joined in the order of the merges, until no
 * known pair is left. A word of n symbols takes n log n steps.
 *
 * <p>R. Sennrich, B. Haddow, A. Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016.
 *
 * @param ranks the place of each pair in the list of merges; the lowest goes first
 */
record BytePairs(Map<Pair, Integer> ranks) {

    /** What the last piece of a word ends with. */
    static final String WORD_END = "</w>";

    /** Two neighbours that may be joined. */
    record Pair(String left, String right) {}

    BytePairs {
        ranks = Map.copyOf(ranks);
    }

    /**
     * The pieces of a word.
     *
     * @param symbols the word as {@link ByteSymbols}, not empty
     * @return the pieces from left to right, the last one marked with {@link #WORD_END}
     */
    List<String> pieces(String symbols) {
        Word word = new Word(symbols);
        for (Join join = word.joins.poll(); join != null; join = word.joins.poll()) {
            word.apply(join);
        }
        return word.pieces();
    }

    /** A pair that stood at a position when it was found. */
    private record Join(int rank, int position, Pair pair) {}

    /** A word as a chain of pieces, each at the position of its first symbol, and the joins that may be due. */
    private final class Word {

        private final String[] pieces;
        private final int[] previous;
        private final int[] next;
        private final PriorityQueue<Join> joins =
                new PriorityQueue<>(Comparator.comparingInt(Join::rank).thenComparingInt(Join::position));

        Word(String symbols) {
            int length = symbols.length();
            pieces = symbols.split("");
            pieces[length - 1] += WORD_END;
            previous = new int[length + 1];
            next = new int[length];
            for (int i = 0; i < length; i++) {
                previous[i] = i - 1;
                next[i] = i + 1;
            }
            for (int i = 0; i + 1 < length; i++) {
                propose(i);
            }
        }

        void apply(Join join) {
            int left = join.position();
            int right = next[left];
            boolean stale = right >= pieces.length
                    || !pieces[left].equals(join.pair().left())
                    || !pieces[right].equals(join.pair().right());
            if (stale) {
                return;
            }
            pieces[left] += pieces[right];
            pieces[right] = "";
            next[left] = next[right];
            previous[next[right]] = left;
            propose(left);
            propose(previous[left]);
        }

        List<String> pieces() {
            List<String> chain = new ArrayList<>();
            for (int i = 0; i < pieces.length; i = next[i]) {
                chain.add(pieces[i]);
            }
            return List.copyOf(chain);
        }

        private void propose(int left) {
            if (left >= 0 && next[left] < pieces.length) {
                Pair pair = new Pair(pieces[left], pieces[next[left]]);
                Integer rank = ranks.get(pair);
                if (rank != null) {
                    joins.add(new Join(rank, left, pair));
                }
            }
        }
    }
}
