package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.edit.prompt.EditRequest.Edit;
import org.sd15.pipeline.edit.prompt.Editing.Observers;
import org.sd15.pipeline.heatmap.HeatMapOptions;
import org.sd15.pipeline.heatmap.HeatMapProgram;
import org.sd15.pipeline.heatmap.HeatMaps;
import org.sd15.pipeline.mask.MaskSettings;
import org.sd15.pipeline.mask.MaskedEdit;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.WordsByStep;

/**
 * Makes what watches the attention to the words of an edit.
 *
 * @param edit what is asked for
 * @param heatMaps whether heat maps are
 * @param steps the prompts of each step
 */
record ObserverFactory(Edit edit, boolean heatMaps, List<EditPrompts> steps) {

    private int pictures() {
        return steps.get(0).pictures();
    }

    /** Refuses words that are not in their prompts, at whichever step. */
    void requireWords() {
        Blend blend = edit.blend();
        MaskSettings limit = edit.limit();
        for (EditPrompts prompts : new LinkedHashSet<>(steps)) {
            for (int i = 0; i < pictures(); i++) {
                PromptWords prompt = prompts.all().get(i);
                if (blend != null) {
                    Stream.of(ofPicture(i, blend.words()), ofPicture(i, blend.subtracted()))
                            .flatMap(List::stream)
                            .forEach(prompt::tokens);
                }
                if (limit != null) {
                    prompt.tokens(perPicture(limit.words()).get(i));
                }
            }
        }
        if (limit != null && new LinkedHashSet<>(steps).size() > 1) {
            throw new IllegalArgumentException(
                    "a limit to words needs prompts that say the same in all steps: write them without [a:b:0.5] and [a|b], or"
                            + " leave out the limit");
        }
    }

    /** @param words of each picture at each step */
    Observers over(Stage stage, List<WordsByStep> words) {
        Blend blend = edit.blend();
        MaskSettings limit = edit.limit();
        return new Observers(
                blend == null ? null : blend(blend, stage),
                limit == null ? null : limit(limit).over(stage),
                heatMaps ? heatMaps(words, stage) : null);
    }

    private LocalBlendProgram blend(Blend wanted, Stage stage) {
        Map<EditPrompts, LocalBlend> known = new LinkedHashMap<>();
        List<LocalBlend> each = steps.stream()
                .map(prompts -> known.computeIfAbsent(prompts, one -> blend(wanted, one)))
                .toList();
        return known.size() == 1 ? each.get(0).over(stage) : new LocalBlendProgram(LocalBlendRun.byStep(each, stage));
    }

    private LocalBlend blend(Blend wanted, EditPrompts prompts) {
        List<List<String>> words = new ArrayList<>();
        List<List<String>> subtracted = new ArrayList<>();
        for (int i = 0; i < pictures(); i++) {
            words.add(ofPicture(i, wanted.words()));
            subtracted.add(ofPicture(i, wanted.subtracted()));
        }
        LocalBlend blend = LocalBlend.of(prompts, words)
                .subtract(subtracted)
                .thresholds(wanted.threshold(), wanted.threshold())
                .startAfter(wanted.start());
        return wanted.resolution() == null ? blend : blend.resolution(wanted.resolution());
    }

    /** The words of a picture; the last of each serves all targets that have none. */
    private static List<String> ofPicture(int picture, List<List<String>> words) {
        return words.stream()
                .map(word -> word.get(Math.min(picture, word.size() - 1)))
                .toList();
    }

    /** One word a picture; the last one serves all targets that have none. */
    private List<String> perPicture(List<String> words) {
        return IntStream.range(0, pictures())
                .mapToObj(i -> words.get(Math.min(i, words.size() - 1)))
                .toList();
    }

    private MaskedEdit limit(MaskSettings wanted) {
        List<String> words = perPicture(wanted.words());
        List<Set<Integer>> tokens = IntStream.range(0, pictures())
                .mapToObj(i -> Set.copyOf(steps.get(0).all().get(i).tokens(words.get(i))))
                .toList();
        return new MaskedEdit(tokens, wanted.threshold(), wanted.kind());
    }

    private static HeatMapProgram heatMaps(List<WordsByStep> words, Stage stage) {
        Map<Integer, WordsByStep> subjects = new LinkedHashMap<>();
        for (int i = 0; i < words.size(); i++) {
            subjects.put(i, words.get(i));
        }
        return new HeatMapProgram(HeatMaps.byStep(stage, subjects, HeatMapOptions.DEFAULT));
    }
}
