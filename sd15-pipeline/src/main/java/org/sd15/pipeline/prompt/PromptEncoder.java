package org.sd15.pipeline.prompt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.prompt.CompelPrompt.Downweight;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipTokenizer;

/**
 * Fragments with weights to text states, chunk by chunk.
 *
 * @param tokenizer text to tokens
 * @param encoder tokens to text states
 * @param clipSkip layers of the text encoder that are left out at the end
 */
public record PromptEncoder(ClipTokenizer tokenizer, ClipTextEncoder encoder, int clipSkip) {

    /** Weights nearer to 0 count as this: compel's, because a share of a tangent is infinite at 0. */
    private static final double LEAST = 1e-5;

    /**
     * The states of a prompt as the web UI computes them: multiplied by the weights, then scaled back to the mean that
     * they had, both within each chunk. A chunk without weights stays as it is, bit by bit.
     *
     * @return {@code [1, chunks * maxLength, width]}
     */
    public INDArray webui(List<List<Fragment>> sections) {
        return joined(Chunk.of(tokenizer, sections).stream()
                .map(this::scaledToTheMean)
                .toList());
    }

    private INDArray scaledToTheMean(Chunk chunk) {
        INDArray states = states(chunk); // [1, maxLength, width]
        if (!chunk.isWeighted()) {
            return states;
        }
        INDArray weighted = states.mul(weights(chunk, states));
        return weighted.muli(mean(states) / mean(weighted));
    }

    /**
     * The states of a prompt of compel. A weighted part of an {@code and()} is its distance from the empty prompt times the
     * weight; the shorter parts of a {@code blend()} are filled up with the empty prompt.
     *
     * @return {@code [1, chunks * maxLength, width]}
     */
    public INDArray compel(CompelPrompt prompt) {
        List<INDArray> parts = prompt.parts().stream()
                .map(part -> compel(part.fragments(), prompt.downweight()))
                .toList();
        if (prompt.join() == CompelPrompt.Join.BLEND) {
            return blended(parts, prompt.parts());
        }
        List<INDArray> weighted = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            double weight = prompt.parts().get(i).weight();
            weighted.add(weight == 1 ? parts.get(i) : fromTheEmptyPrompt(parts.get(i), weight));
        }
        return joined(weighted);
    }

    private INDArray blended(List<INDArray> parts, List<CompelPrompt.Part> weights) {
        long tokens = parts.stream().mapToLong(states -> states.size(1)).max().orElseThrow();
        INDArray sum = padded(parts.get(0), tokens).mul(weights.get(0).weight());
        for (int i = 1; i < parts.size(); i++) {
            sum.addi(padded(parts.get(i), tokens).mul(weights.get(i).weight()));
        }
        return sum;
    }

    private INDArray fromTheEmptyPrompt(INDArray states, double weight) {
        INDArray empty = padded(empty(), states.size(1));
        return states.sub(empty).muli(weight).addi(empty);
    }

    /**
     * The states of weighted fragments as compel computes them: their distance from those of the empty prompt times the weights;
     * for each weight below 1, mixed with the states of the prompt without that fragment by the share tan((1 - w) pi / 2).
     * No mean is restored.
     *
     * @return {@code [1, chunks * maxLength, width]}
     */
    public INDArray compel(List<Fragment> fragments, Downweight downweight) {
        INDArray sum = fromTheEmptyPrompt(fragments, null);
        if (fragments.stream().allMatch(fragment -> fragment.weight() >= 1)) {
            return sum;
        }
        double shares = 1;
        for (int i = 0; i < fragments.size(); i++) {
            double weight = fragments.get(i).weight();
            if (weight < 1) {
                double share = Math.tan((1 - Math.max(LEAST, weight)) * Math.PI / 2);
                sum = sum.add(
                        padded(without(fragments, i, downweight), sum.size(1)).mul(share));
                shares += share;
            }
        }
        return sum.div(shares);
    }

    /** The states in the mode {@code REMOVE}. */
    public INDArray compel(List<Fragment> fragments) {
        return compel(fragments, Downweight.REMOVE);
    }

    private INDArray without(List<Fragment> fragments, int index, Downweight downweight) {
        if (downweight == Downweight.MASK) {
            return fromTheEmptyPrompt(fragments, index);
        }
        List<Fragment> others = new ArrayList<>(fragments);
        others.remove(index);
        return fromTheEmptyPrompt(others, null);
    }

    /** @param hidden the fragment that is hidden from all tokens, or null */
    private INDArray fromTheEmptyPrompt(List<Fragment> fragments, @Nullable Integer hidden) {
        List<Chunk> chunks = Chunk.of(tokenizer, List.of(fragments));
        Span span = hidden == null ? new Span(0, 0) : span(fragments, hidden);
        boolean weighted = chunks.stream().anyMatch(Chunk::isWeighted);
        INDArray empty = weighted ? empty() : null;
        List<INDArray> all = new ArrayList<>();
        int first = 0;
        for (Chunk chunk : chunks) {
            INDArray states = states(chunk, span.from - first, span.to - first);
            all.add(
                    empty == null
                            ? states
                            : states.sub(empty).muli(weights(chunk, states)).addi(empty));
            first += chunk.ids().size();
        }
        return joined(all);
    }

    /** Tokens of a prompt of any length, without start and end: from the first to the one behind the last. */
    private record Span(int from, int to) {}

    private Span span(List<Fragment> fragments, int index) {
        int from = count(fragments.subList(0, index));
        return new Span(from, from + count(fragments.subList(index, index + 1)));
    }

    private int count(List<Fragment> fragments) {
        return Chunk.of(tokenizer, List.of(fragments)).stream()
                .mapToInt(chunk -> chunk.ids().size())
                .sum();
    }

    /** States with chunks of the empty prompt at the end, up to a number of tokens: {@code [prompts, tokens, width]}. */
    public INDArray padded(INDArray states, long tokens) {
        List<INDArray> chunks = new ArrayList<>(List.of(states));
        long missing = tokens - states.size(1);
        if (missing > 0) {
            INDArray empty = Nd4j.concat(
                    0,
                    Collections.nCopies(Math.toIntExact(states.size(0)), empty())
                            .toArray(INDArray[]::new));
            for (long filled = 0; filled < missing; filled += empty.size(1)) {
                chunks.add(empty);
            }
        }
        return joined(chunks);
    }

    private INDArray empty() {
        return states(new Chunk(List.of(), List.of()));
    }

    private INDArray states(Chunk chunk) {
        return encoder.encode(clipSkip, chunk.padded(tokenizer));
    }

    /** The states of a chunk of which the tokens of an interval are hidden; it may lie outside. */
    private INDArray states(Chunk chunk, int from, int to) {
        boolean hidesNone = to <= Math.max(0, from) || from >= chunk.ids().size();
        int end = Math.min(to, chunk.ids().size());
        return hidesNone
                ? states(chunk)
                : encoder.encodeMasked(
                        clipSkip, chunk.padded(tokenizer), token -> token > 0 && token > from && token <= end);
    }

    private static INDArray weights(Chunk chunk, INDArray states) {
        int length = Math.toIntExact(states.size(1));
        INDArray column = Nd4j.createFromArray(chunk.paddedWeights(length)).castTo(states.dataType());
        return column.reshape(1, length, 1).broadcast(states.shape());
    }

    private static double mean(INDArray states) {
        return states.castTo(DataType.DOUBLE).meanNumber().doubleValue();
    }

    private static INDArray joined(List<INDArray> chunks) {
        return chunks.size() == 1 ? chunks.get(0) : Nd4j.concat(1, chunks.toArray(INDArray[]::new));
    }
}
