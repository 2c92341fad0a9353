package org.sd15.pipeline.edit.prompt;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.PromptWords;

/**
 * Which attention of the source prompt each token of a target prompt takes over. As a matrix: if A is the attention of
 * the source, {@code [pixels, keys]}, then {@code A M} is its attention to the tokens of the target.
 *
 * @param source the source prompt
 * @param target the target prompt
 * @param mode how they were aligned, never {@link AlignmentMode#AUTO}
 * @param shares the entries of M that are not 0
 * @param added tokens of the target that the source has nothing for; they keep their own attention
 */
public record PromptAlignment(
        PromptWords source, PromptWords target, AlignmentMode mode, List<Share> shares, Set<Integer> added) {

    /**
     * A part of the attention to a source token that goes to a target token.
     *
     * @param source position in the source prompt
     * @param target position in the target prompt
     * @param weight the part, 1 if the token is taken over as it is
     */
    public record Share(int source, int target, double weight) {}

    /** Copies the collections. */
    public PromptAlignment {
        shares = List.copyOf(shares);
        added = Set.copyOf(added);
    }

    /** {@link #of(PromptWords, PromptWords, AlignmentMode, Conformance)}, corrected. */
    public static PromptAlignment of(PromptWords source, PromptWords target, AlignmentMode mode) {
        return of(source, target, mode, Conformance.CORRECTED);
    }

    /**
     * Aligns two prompts.
     *
     * @throws IllegalArgumentException if words are to be replaced and the prompts differ in their number of words, or the
     *     published code is to be followed in several chunks, which it doesn't know
     */
    public static PromptAlignment of(
            PromptWords source, PromptWords target, AlignmentMode mode, Conformance conformance) {
        if (conformance == Conformance.REFERENCE && target.keys() > target.chunkLength()) {
            throw new IllegalArgumentException("the published code aligns prompts of %d tokens, \"%s\" has %d"
                    .formatted(target.chunkLength(), target, target.keys()));
        }
        return switch (mode) {
            case AUTO -> {
                boolean sameCount = source.words().size() == target.words().size();
                yield of(source, target, sameCount ? AlignmentMode.REPLACE : AlignmentMode.REFINE, conformance);
            }
            case REPLACE -> new Replacement(source, target).align(conformance);
            case REFINE -> new Refinement(source, target).align();
            case SAME_POSITION -> {
                List<Share> diagonal = IntStream.range(0, target.keys())
                        .mapToObj(i -> new Share(i, i, 1))
                        .toList();
                yield new PromptAlignment(source, target, mode, diagonal, Set.of());
            }
        };
    }

    /** M, {@code [keys, keys]}, from source to target. A token without a source has a column of zeros. */
    public double[][] matrix() {
        double[][] matrix = new double[source.keys()][target.keys()];
        shares.forEach(share -> matrix[share.source()][share.target()] = share.weight());
        return matrix;
    }

    /** 1 for tokens of the target that take over attention of the source, 0 for added ones, {@code [keys]}. */
    public double[] alpha() {
        double[] alpha = new double[target.keys()];
        Arrays.setAll(alpha, token -> added.contains(token) ? 0 : 1);
        return alpha;
    }

    /** The tokens of the source that a token of the target takes attention from, ascending; none for an added one. */
    public List<Integer> sources(int targetToken) {
        return shares.stream()
                .filter(share -> share.target() == targetToken)
                .map(Share::source)
                .sorted()
                .toList();
    }

    /** A table for people: words and tokens of both prompts, and whether they were copied, replaced or are new. */
    public String table() {
        return new AlignmentTable(this).toString();
    }
}
