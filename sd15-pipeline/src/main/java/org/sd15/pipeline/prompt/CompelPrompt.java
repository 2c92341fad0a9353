package org.sd15.pipeline.prompt;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.text.ClipTokenizer;

/**
 * A prompt in the syntax of compel: {@code word+}, {@code word--}, {@code (some words)++}, {@code "some words"1.3}. A plus is 1.1
 * times, a minus 0.9 times; brackets without a weight only group, and a backslash makes a bracket text. A whole prompt may be
 * {@code ("a cat", "a dog").blend(0.7, 0.3)}, which mixes text states, or {@code ("a cat", "a dog").and()}, which puts them
 * one after the other.
 *
 * @param join how several parts are one prompt
 * @param parts in order, at least one
 * @param downweight what weights below 1 do
 * @see <a href="https://github.com/damian0815/compel/blob/main/doc/syntax.md">compel's syntax</a>
 */
public record CompelPrompt(Join join, List<Part> parts, Downweight downweight) implements PromptText {

    private static final Pattern FUNCTION =
            Pattern.compile("\\.(swap|blend|and|add|attend)\\s*\\(|\\b(?:withLora|useLora)\\s*\\(");

    /** How several parts are one prompt. */
    public enum Join {
        /** One after the other, each in chunks of its own; a weight is that of the distance from the empty prompt. */
        AND,
        /** The sum of the states, each times its weight. */
        BLEND
    }

    /** What the text states of a prompt are mixed with for each fragment that weighs less than 1: compel's DownweightMode. */
    public enum Downweight {
        /** Those of the prompt without the fragment. */
        REMOVE,
        /** Those of the prompt with the fragment hidden from all other tokens, which stay where they are. */
        MASK
    }

    /**
     * One of the prompts that are joined.
     *
     * @param fragments in order, neighbours of one weight joined by a space
     * @param weight of its states
     */
    public record Part(List<Fragment> fragments, double weight) {

        /** Copies the list. */
        public Part {
            fragments = List.copyOf(fragments);
        }
    }

    /** Copies the list. */
    public CompelPrompt {
        parts = List.copyOf(parts);
    }

    /** A prompt in the mode {@code REMOVE}. */
    public CompelPrompt(Join join, List<Part> parts) {
        this(join, parts, Downweight.REMOVE);
    }

    /** This in another mode. */
    public CompelPrompt with(Downweight mode) {
        return new CompelPrompt(join, parts, mode);
    }

    /**
     * Reads a prompt.
     *
     * @throws IllegalArgumentException if a bracket or quote is not closed, brackets are nested too deep, or one of
     *     compel's functions is called where it has no meaning
     */
    public static CompelPrompt parse(String prompt) {
        CompelPrompt joined = CompelJoin.parse(prompt);
        if (joined != null) {
            return joined;
        }
        requireNoFunction(prompt);
        return new CompelPrompt(Join.AND, List.of(new Part(CompelFragments.of(prompt), 1)));
    }

    static void requireNoFunction(String text) {
        Matcher function = FUNCTION.matcher(text);
        if (!function.find()) {
            return;
        }
        String name = String.valueOf(function.group(1)); // null for LoRAs
        throw new IllegalArgumentException(
                switch (name) {
                    case "swap" ->
                        ".swap() asks for an edit, which is done by prompt-to-prompt: give the prompt with the one word as"
                                + " source, and with the other as target";
                    case "blend", "and", "add" ->
                        ".%s() joins whole prompts, and nothing stands before, behind or around it: (\"a cat\", \"a dog\").%s(1, 1)"
                                .formatted(name, name);
                    default ->
                        "%s) of compel is not known here: weights are, as in word+ or (some words)1.3"
                                .formatted(function.group());
                });
    }

    /** The fragments of a prompt of one part. */
    public List<Fragment> fragments() {
        return parts.get(0).fragments;
    }

    @Override
    public INDArray states(PromptEncoder encoder) {
        return encoder.compel(this);
    }

    @Override
    public int chunks(ClipTokenizer tokenizer) {
        IntStream each = parts.stream()
                .mapToInt(part -> Chunk.of(tokenizer, List.of(part.fragments)).size());
        return join == Join.BLEND ? each.max().orElseThrow() : each.sum();
    }

    /** A blank is behind each fragment: they are words apart. */
    @Override
    public List<List<Fragment>> sections() {
        if (join == Join.BLEND && parts.size() > 1) {
            throw new IllegalArgumentException(
                    "words can't be found in a .blend(), whose text states are of several words at once");
        }
        return parts.stream()
                .map(part -> part.fragments.stream()
                        .map(fragment -> new Fragment(fragment.text() + " ", fragment.weight()))
                        .toList())
                .toList();
    }
}
