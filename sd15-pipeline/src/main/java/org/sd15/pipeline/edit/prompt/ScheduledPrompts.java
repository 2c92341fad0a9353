package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.EditPrompts;

/**
 * The prompts of an edit at each step.
 *
 * @param prompts the source's and then each target's, as they are written
 */
record ScheduledPrompts(List<String> prompts, ClipTokenizer tokenizer) {

    static ScheduledPrompts of(EditRequest request, ClipTokenizer tokenizer) {
        List<String> prompts = new ArrayList<>(List.of(request.source()));
        prompts.addAll(request.targets());
        return new ScheduledPrompts(List.copyOf(prompts), tokenizer);
    }

    /** Those of each step, all of the length of the longest. */
    List<EditPrompts> each(PromptSchedule schedule) {
        Map<List<String>, EditPrompts> known = new HashMap<>();
        List<EditPrompts> each = IntStream.range(0, schedule.calls())
                .mapToObj(call -> known.computeIfAbsent(schedule.at(prompts, call), texts -> read(texts, schedule)))
                .toList();
        int keys = each.stream().mapToInt(one -> one.source().keys()).max().orElseThrow();
        return filledUpTo(each, keys);
    }

    private EditPrompts read(List<String> texts, PromptSchedule schedule) {
        return EditPrompts.of(texts.get(0), texts.subList(1, texts.size()), schedule.style(), tokenizer);
    }

    /** Prompts with chunks of the empty one behind them; those that are the same stay so. */
    static List<EditPrompts> filledUpTo(List<EditPrompts> each, int keys) {
        Map<EditPrompts, EditPrompts> filled = new HashMap<>();
        return each.stream()
                .map(one -> filled.computeIfAbsent(one, prompts -> prompts.filledUpTo(keys)))
                .toList();
    }
}
