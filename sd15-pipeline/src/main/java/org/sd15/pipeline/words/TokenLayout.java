package org.sd15.pipeline.words;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.sd15.pipeline.prompt.Chunk;
import org.sd15.pipeline.text.Encoding;

/**
 * Where the tokens of a prompt are among the keys of cross attention. The text encoder reads chunk by chunk, each from a
 * start token to an end token with padding behind; its states follow each other.
 *
 * @param length of a chunk: tokens that the text encoder takes
 * @param start the number of the start token
 * @param end the number of the end token
 * @param chunks the numbers of the prompt's own tokens that the text encoder sees, chunk by chunk; at least one chunk
 * @param cut how many more tokens the prompt has
 * @param keys positions in all, a multiple of the length; chunks of the empty prompt fill up
 */
record TokenLayout(int length, int start, int end, List<List<Integer>> chunks, int cut, int keys) {

    TokenLayout {
        chunks = chunks.stream().map(List::copyOf).toList();
        if (keys < chunks.size() * length || keys % length != 0) {
            throw new IllegalArgumentException("%d keys for a prompt of %d chunks of %d: a multiple of that is needed"
                    .formatted(keys, chunks.size(), length));
        }
    }

    /** A prompt of which the end is cut off if it is too long. */
    static TokenLayout cut(Encoding encoding) {
        int length = encoding.maxLength();
        List<Integer> own = inner(encoding);
        List<Integer> seen = own.subList(0, Math.min(own.size(), length - 2));
        return new TokenLayout(
                length, first(encoding), last(encoding), List.of(seen), own.size() - seen.size(), length);
    }

    /**
     * A prompt of which nothing is cut off.
     *
     * @param empty the empty prompt
     * @param count of chunks, at least as many as there are
     */
    static TokenLayout chunked(List<Chunk> chunks, Encoding empty, int count) {
        int length = empty.maxLength();
        List<List<Integer>> ids = chunks.stream().map(Chunk::ids).toList();
        return new TokenLayout(length, first(empty), last(empty), ids, 0, count * length);
    }

    private static int first(Encoding encoding) {
        return encoding.ids().get(0);
    }

    private static int last(Encoding encoding) {
        return encoding.ids().get(encoding.ids().size() - 1);
    }

    /** The tokens between start and end. */
    static List<Integer> inner(Encoding encoding) {
        return encoding.ids().subList(1, encoding.ids().size() - 1);
    }

    TokenLayout filledUpTo(int wanted) {
        return wanted == keys ? this : new TokenLayout(length, start, end, chunks, cut, wanted);
    }

    /** The position of one of the prompt's own tokens by its number, from 0; those that are cut off count on. */
    int position(int number) {
        int left = number;
        int chunk = 0;
        while (chunk < chunks.size() - 1 && left >= chunks.get(chunk).size()) {
            left -= chunks.get(chunk).size();
            chunk++;
        }
        return chunk * length + 1 + left;
    }

    /** Whether a position that {@link #position} gave is that of a token which the text encoder sees. */
    boolean isSeen(int position) {
        return position < chunks.size() * length - 1;
    }

    /** The position of the end token of a chunk. */
    int endToken(int chunk) {
        return chunk * length + 1 + (chunk < chunks.size() ? chunks.get(chunk).size() : 0);
    }

    /** The positions of the prompt's own tokens, ascending. */
    List<Integer> own() {
        return IntStream.range(0, chunks.size())
                .flatMap(chunk -> IntStream.range(chunk * length + 1, endToken(chunk)))
                .boxed()
                .toList();
    }

    /** The numbers of the start token, the prompt's own tokens and the end token. */
    List<Integer> ids() {
        List<Integer> ids = new ArrayList<>(List.of(start));
        chunks.forEach(ids::addAll);
        ids.add(end);
        return List.copyOf(ids);
    }
}
