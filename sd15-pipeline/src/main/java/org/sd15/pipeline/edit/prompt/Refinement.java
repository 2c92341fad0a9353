package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.sd15.pipeline.edit.prompt.PromptAlignment.Share;
import org.sd15.pipeline.words.PromptWords;

/**
 * Aligns the tokens of two prompts, start and end token included, so that as many as possible are the same, whatever chunk
 * they are in.
 *
 * <p>S. Needleman, C. Wunsch, "A general method applicable to the search for similarities in the amino acid sequence of
 * two proteins", 1970. A match counts 1, a gap 0, a mismatch -1: two gaps always beat a mismatch, so a token is never
 * aligned with another one. Of equally good alignments the one wins that, read from the end, adds tokens of the target
 * before it drops tokens of the source.
 */
final class Refinement {

    private static final int MATCH = 1;
    private static final int MISMATCH = -1;

    private final PromptWords source;
    private final PromptWords target;
    private final List<Integer> from;
    private final List<Integer> to;

    Refinement(PromptWords source, PromptWords target) {
        this.source = source;
        this.target = target;
        this.from = source.ids();
        this.to = target.ids();
    }

    PromptAlignment align() {
        List<Integer> sourcePositions = source.positions();
        List<Integer> targetPositions = target.positions();
        int[][] scores = scores();
        List<Share> shares = new ArrayList<>();
        Set<Integer> added = new HashSet<>();
        int i = from.size();
        int j = to.size();
        while (j > 0) {
            if (i == 0 || scores[i][j] == scores[i][j - 1]) {
                added.add(targetPositions.get(--j));
            } else if (scores[i][j] == scores[i - 1][j]) {
                i--;
            } else {
                shares.add(new Share(sourcePositions.get(--i), targetPositions.get(--j), 1));
            }
        }
        addBetweenChunks(shares);
        return new PromptAlignment(source, target, AlignmentMode.REFINE, shares, added);
    }

    /** Start and end of a chunk follow those of the same chunk, padding that of the same position. */
    private void addBetweenChunks(List<Share> shares) {
        int length = target.chunkLength();
        for (int start = 0; start < target.keys(); start += length) {
            int chunk = start / length;
            int end = target.endToken(chunk);
            if (chunk > 0) {
                shares.add(new Share(start, start, 1));
            }
            if (end != target.endToken()) {
                shares.add(new Share(source.endToken(chunk), end, 1));
            }
            for (int padding = end + 1; padding < start + length; padding++) {
                shares.add(new Share(padding, padding, 1));
            }
        }
    }

    /** The best score of the first i tokens of the source with the first j of the target. */
    private int[][] scores() {
        int[][] scores = new int[from.size() + 1][to.size() + 1];
        for (int i = 1; i <= from.size(); i++) {
            for (int j = 1; j <= to.size(); j++) {
                int pair = from.get(i - 1).equals(to.get(j - 1)) ? MATCH : MISMATCH;
                int gap = Math.max(scores[i][j - 1], scores[i - 1][j]);
                scores[i][j] = Math.max(gap, scores[i - 1][j - 1] + pair);
            }
        }
        return scores;
    }
}
