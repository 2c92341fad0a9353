package org.sd15.pipeline.text;

import java.util.Arrays;
import java.util.List;

/**
 * A prompt as tokens, neither cut nor padded.
 *
 * @param ids the numbers of the tokens, from the start token to the end token
 * @param pieces the text of each token, without the mark that ends a word. A token may hold a part of a character only,
 *     of an emoji for instance; it is U+FFFD then
 * @param maxLength the tokens that the text encoder takes, 77 in Stable Diffusion 1.x
 * @param padding the number of the token that fills up a short prompt
 */
public record Encoding(List<Integer> ids, List<String> pieces, int maxLength, int padding) {

    /** Copies the lists and checks that they belong together. */
    public Encoding {
        ids = List.copyOf(ids);
        pieces = List.copyOf(pieces);
        if (ids.size() < 2 || ids.size() != pieces.size() || maxLength < 2) {
            throw new IllegalArgumentException(
                    "%d ids, %d pieces, maximal length %d: every id has a piece, and start and end are always there"
                            .formatted(ids.size(), pieces.size(), maxLength));
        }
    }

    /** A prompt that is filled up with its end token, as in Stable Diffusion 1.x. */
    public Encoding(List<Integer> ids, List<String> pieces, int maxLength) {
        this(ids, pieces, maxLength, ids.isEmpty() ? 0 : ids.get(ids.size() - 1));
    }

    /**
     * The numbers as the text encoder takes them: cut before the end token if there are too many, else filled up with
     * the padding, which in Stable Diffusion 1.x is the end token.
     *
     * @return {@code [maxLength]}
     */
    public int[] padded() {
        int end = ids.get(ids.size() - 1);
        int[] padded = new int[maxLength];
        int behind = ids.size() < maxLength ? padding : end;
        Arrays.setAll(padded, i -> i < Math.min(ids.size(), maxLength - 1) ? ids.get(i) : behind);
        return padded;
    }

    /** How many tokens {@link #padded()} leaves out; the prompt is too long if it is not 0. */
    public int cutOff() {
        return Math.max(0, ids.size() - maxLength);
    }
}
