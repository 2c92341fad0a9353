package org.sd15.pipeline.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sd15.pipeline.text.ClipTokenizer;

/**
 * Tokens that the text encoder reads at a time.
 *
 * @param ids without start, end and padding, at most two less than the text encoder takes
 * @param weights one a token
 */
public record Chunk(List<Integer> ids, List<Double> weights) {

    /** Copies the lists. */
    public Chunk {
        ids = List.copyOf(ids);
        weights = List.copyOf(weights);
    }

    /**
     * The chunks of a prompt, at least one. A section begins a new one, and so does the token after a full one, wherever
     * that cuts: the web UI does the same with its setting to wrap at commas set to 0.
     *
     * @param sections fragments in order
     */
    public static List<Chunk> of(ClipTokenizer tokenizer, List<List<Fragment>> sections) {
        List<Chunk> chunks = new ArrayList<>();
        for (List<Fragment> section : sections) {
            chunks.addAll(section(tokenizer, section));
        }
        int last = chunks.size() - 1;
        boolean nothingFollows = last > 0 && chunks.get(last).ids.isEmpty();
        return nothingFollows ? List.copyOf(chunks.subList(0, last)) : chunks;
    }

    private static List<Chunk> section(ClipTokenizer tokenizer, List<Fragment> fragments) {
        List<Integer> ids = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        for (Fragment fragment : fragments) {
            List<Integer> tokens = tokenizer.encode(fragment.text()).ids();
            for (int token : tokens.subList(1, tokens.size() - 1)) {
                ids.add(token);
                weights.add(fragment.weight());
            }
        }
        int room = tokenizer.encode("").maxLength() - 2;
        List<Chunk> chunks = new ArrayList<>();
        int from = 0;
        do {
            int to = Math.min(ids.size(), from + room);
            chunks.add(new Chunk(ids.subList(from, to), weights.subList(from, to)));
            from = to;
        } while (from < ids.size());
        return chunks;
    }

    /** Whether some token weighs more or less than usual. */
    boolean isWeighted() {
        return weights.stream().anyMatch(weight -> weight != 1);
    }

    /** The tokens between start and end, filled up with the padding: {@code [maxLength]}. */
    int[] padded(ClipTokenizer tokenizer) {
        int[] padded = tokenizer.encode("").padded();
        padded[ids.size() + 1] = padded[1];
        for (int i = 0; i < ids.size(); i++) {
            padded[i + 1] = ids.get(i);
        }
        return padded;
    }

    /** The weights of {@link #padded}, 1 for what was added. */
    double[] paddedWeights(int length) {
        double[] padded = new double[length];
        Arrays.fill(padded, 1);
        for (int i = 0; i < weights.size(); i++) {
            padded[i + 1] = weights.get(i);
        }
        return padded;
    }
}
