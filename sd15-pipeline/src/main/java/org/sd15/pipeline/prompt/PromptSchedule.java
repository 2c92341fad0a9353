package org.sd15.pipeline.prompt;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What prompts say in each call of a run: {@code [a:b:0.5]} and {@code [a|b]} of the web UI are one text in one call and
 * another in another. All other prompts are the same throughout.
 *
 * @param style how the prompts are written
 * @param calls of the model in the whole run
 */
public record PromptSchedule(PromptStyle style, int calls) {

    /**
     * What a prompt says in a call, in the style's own syntax. A prompt that never changes is returned as it is.
     *
     * @param call from 0
     */
    public String at(String prompt, int call) {
        return style == PromptStyle.WEBUI ? WebuiPrompt.parse(prompt).at(prompt, call + 1, calls) : prompt;
    }

    /** What prompts say in a call. */
    public List<String> at(List<String> prompts, int call) {
        return prompts.stream().map(prompt -> at(prompt, call)).toList();
    }

    /** All that a prompt says in whichever call, in the order in which it is written: {@code a cat dog} of {@code a [cat:dog:0.5]}. */
    public String everything(String prompt) {
        return style == PromptStyle.WEBUI ? WebuiPrompt.parse(prompt).everything(prompt) : prompt;
    }

    /** What prompts say together in each call, without repetitions, in order. */
    public List<List<String>> distinct(List<String> prompts) {
        return IntStream.range(0, calls)
                .mapToObj(call -> at(prompts, call))
                .distinct()
                .toList();
    }

    /** All texts of prompts. */
    public List<String> all(List<String> prompts) {
        return distinct(prompts).stream().flatMap(List::stream).distinct().toList();
    }

    /** Whether one of the prompts says other things in other calls. */
    public boolean changes(List<String> prompts) {
        return distinct(prompts).size() > 1;
    }

    /**
     * Makes sure that prompts never change.
     *
     * @param why it can't be otherwise, and what to write instead
     * @throws IllegalArgumentException if one does
     */
    public void requireConstant(List<String> prompts, String why) {
        for (String prompt : prompts) {
            if (changes(List.of(prompt))) {
                throw new IllegalArgumentException(
                        "\"%s\" says other things at other steps: %s".formatted(prompt, why));
            }
        }
    }
}
