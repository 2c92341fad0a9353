package org.sd15.pipeline.words;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.PromptWords.Word;

/**
 * The words of a prompt that says other things at other steps, such as {@code a [cat:dog:0.5]}: those of each step, and all
 * that it says at any step, {@code a cat dog}, to which tokens of single steps are counted.
 */
public final class WordsByStep {

    private final PromptWords all;
    private final List<PromptWords> steps;
    private final Map<PromptWords, int[]> positions = new HashMap<>();

    private WordsByStep(PromptWords all, List<PromptWords> steps) {
        this.all = all;
        this.steps = List.copyOf(steps);
    }

    /** The words of a prompt that is the same in all steps. */
    public static WordsByStep constant(PromptWords prompt) {
        return new WordsByStep(prompt, List.of());
    }

    /**
     * The words of a prompt.
     *
     * @throws IllegalArgumentException if words can't be found in it at some step, see {@link PromptWords#of(String,
     *     org.sd15.pipeline.prompt.PromptStyle, ClipTokenizer)}
     */
    public static WordsByStep of(String prompt, PromptSchedule schedule, ClipTokenizer tokenizer) {
        Map<String, PromptWords> known = new HashMap<>();
        List<PromptWords> steps = IntStream.range(0, schedule.calls())
                .mapToObj(call -> known.computeIfAbsent(
                        schedule.at(prompt, call), text -> PromptWords.of(text, schedule.style(), tokenizer)))
                .toList();
        return known.size() == 1
                ? constant(steps.get(0))
                : new WordsByStep(PromptWords.of(schedule.everything(prompt), schedule.style(), tokenizer), steps);
    }

    /** All that the prompt says: the words of maps over several steps. */
    public PromptWords all() {
        return all;
    }

    /** The words at a step, from 0. */
    public PromptWords at(int step) {
        return steps.isEmpty() ? all : steps.get(step);
    }

    /** The keys of cross attention that the longest text has. */
    public int keys() {
        return steps.stream().mapToInt(PromptWords::keys).max().orElse(all.keys());
    }

    /**
     * Where the tokens of a step are in {@link #all}, start and end tokens among them; -1 for padding.
     *
     * @return by position at the step, up to the end token
     */
    public int[] positions(int step) {
        return positions.computeIfAbsent(at(step), this::positions);
    }

    private int[] positions(PromptWords own) {
        int[] found = new int[own.endToken() + 1];
        Arrays.fill(found, -1);
        found[own.endToken()] = all.endToken();
        found[0] = 0;
        List<Word> left = new ArrayList<>(all.words());
        for (Word word : own.words()) {
            int next = IntStream.range(0, left.size())
                    .filter(i -> left.get(i).text().equals(word.text()))
                    .findFirst()
                    .orElse(-1);
            List<Integer> there =
                    next < 0 ? Collections.<Integer>emptyList() : left.get(next).tokens();
            for (int i = 0; i < there.size(); i++) {
                found[word.tokens().get(i)] = there.get(i);
            }
            left.subList(0, next + 1).clear();
        }
        return found;
    }
}
