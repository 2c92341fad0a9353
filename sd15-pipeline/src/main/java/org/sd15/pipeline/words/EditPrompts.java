package org.sd15.pipeline.words;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.text.Encoding;

/**
 * The prompts of an edit. Picture 0 is the source's, picture i that of target i - 1.
 *
 * @param source the prompt of the picture that is edited
 * @param targets the prompts of the edited pictures, at least one
 * @param conformance how words are found and prompts aligned
 */
public record EditPrompts(PromptWords source, List<PromptWords> targets, Conformance conformance) {

    /** Copies the list and checks that all prompts are for the same text encoder. */
    public EditPrompts {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("an edit of \"%s\" needs at least one target prompt".formatted(source));
        }
        for (PromptWords target : targets) {
            if (target.keys() != source.keys()) {
                throw new IllegalArgumentException("the source prompt is for %d tokens, the target \"%s\" for %d"
                        .formatted(source.keys(), target, target.keys()));
            }
        }
    }

    /**
     * Corrected throughout.
     *
     * @param tokenizer usually {@code tokenizer::encode} of a {@link ClipTokenizer}
     */
    public static EditPrompts of(String source, List<String> targets, Function<String, Encoding> tokenizer) {
        List<PromptWords> words = targets.stream()
                .map(target -> PromptWords.of(target, tokenizer))
                .toList();
        return new EditPrompts(PromptWords.of(source, tokenizer), words, Conformance.CORRECTED);
    }

    /**
     * Corrected throughout, as they are written in a style. The shorter ones get chunks of the empty prompt up to the length
     * of the longest.
     *
     * @throws IllegalArgumentException if words can't be found in one of them, see {@link PromptWords#of(String,
     *     PromptStyle, ClipTokenizer)}
     */
    public static EditPrompts of(String source, List<String> targets, PromptStyle style, ClipTokenizer tokenizer) {
        PromptWords first = PromptWords.of(source, style, tokenizer);
        List<PromptWords> others = targets.stream()
                .map(target -> PromptWords.of(target, style, tokenizer))
                .toList();
        int keys = Stream.concat(Stream.of(first), others.stream())
                .mapToInt(PromptWords::keys)
                .max()
                .orElseThrow();
        return new EditPrompts(
                first.filledUpTo(keys),
                others.stream().map(words -> words.filledUpTo(keys)).toList(),
                Conformance.CORRECTED);
    }

    /** These prompts with chunks of the empty one behind them; see {@link PromptWords#filledUpTo}. */
    public EditPrompts filledUpTo(int keys) {
        return new EditPrompts(
                source.filledUpTo(keys),
                targets.stream().map(target -> target.filledUpTo(keys)).toList(),
                conformance);
    }

    /** These prompts, handled in another way. */
    public EditPrompts conforming(Conformance other) {
        return new EditPrompts(source, targets, other);
    }

    /** Source and targets. */
    public List<PromptWords> all() {
        List<PromptWords> all = new ArrayList<>(List.of(source));
        all.addAll(targets);
        return all;
    }

    /** The number of pictures: one of the source and one of each target. */
    public int pictures() {
        return 1 + targets.size();
    }

    /**
     * The tokens of a word in every target; none where a target lacks it.
     *
     * @throws IllegalArgumentException if no target has it
     */
    public List<List<Integer>> inTargets(String word) {
        List<Optional<List<Integer>>> found =
                targets.stream().map(target -> target.find(word, conformance)).toList();
        if (found.stream().allMatch(Optional::isEmpty)) {
            String reasons = targets.stream()
                    .map(target ->
                            new WordSearch(target, word, conformance).failure().getMessage())
                    .collect(Collectors.joining("; "));
            throw new IllegalArgumentException(reasons);
        }
        return found.stream().map(tokens -> tokens.orElse(List.of())).toList();
    }
}
