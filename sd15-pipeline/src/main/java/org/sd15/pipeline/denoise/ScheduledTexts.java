package org.sd15.pipeline.denoise;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sd15.pipeline.denoise.RunFactory.Texts;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.PromptSchedule;

/**
 * Text states of prompts that may say other things at other steps, one text a picture at each.
 *
 * @param model encodes
 * @param settings of the run
 * @param tokens wanted at least
 */
record ScheduledTexts(Components model, RunSettings settings, int tokens) {

    /** The states of each call, unconditional ones first where it is guided, all of the length of the longest. */
    RunTexts of(Texts texts, int calls) {
        var schedule = new PromptSchedule(settings.promptStyle(), calls);
        var encoder = new ConstantTexts(model, settings.promptStyle());
        List<Texts> each = IntStream.range(0, calls)
                .mapToObj(call -> new Texts(schedule.at(texts.prompts(), call), schedule.at(texts.negative(), call)))
                .toList();
        boolean guided = settings.guidance().guided();
        List<String> all = each.stream()
                .flatMap(
                        one -> Stream.concat(one.prompts().stream(), guided ? one.negative().stream() : Stream.empty()))
                .distinct()
                .toList();
        int longest = Math.max(tokens, encoder.tokens(all));
        return RunTexts.scheduled(
                settings.guidance(), each, one -> encoder.context(one.prompts(), one.negative(), settings, longest));
    }
}
