package org.sd15.pipeline.edit.prompt;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.Window;

/**
 * An edit by words: what is to happen to the attention of the target pictures. A value without a run; {@link #over}
 * ties it to one.
 *
 * <p>In the steps of the cross gate a target picture attends to its words as the source picture does to the words that
 * they are aligned with, times the weights. In those of the self gate its pixels attend to each other as the source's do.
 *
 * <p>Hertz et al., "Prompt-to-Prompt Image Editing with Cross Attention Control", equations 3 to 6.
 *
 * @param prompts source and targets
 * @param mode how their tokens are aligned
 * @param crossGate when cross attention is edited
 * @param selfGate when self attention is taken from the source
 * @param weights factors of the attention to words or phrases of the targets, in the order of their application
 * @param selfHalvings self attention is edited where the feature map is the latents halved at least n times
 */
public record PromptToPrompt(
        EditPrompts prompts,
        AlignmentMode mode,
        CrossGate crossGate,
        Window selfGate,
        Map<String, Double> weights,
        int selfHalvings)
        implements EditMethod {

    /**
     * Checks that everything can be done.
     *
     * @throws IllegalArgumentException if the prompts can't be aligned in this mode, a word is in no target prompt or a
     *     weight is not finite
     */
    public PromptToPrompt {
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        weights.forEach((word, weight) -> {
            if (!Double.isFinite(weight)) {
                throw new IllegalArgumentException(
                        "the weight of \"%s\" is %s; it must be a finite number".formatted(word, weight));
            }
        });
        if (selfHalvings < 0) {
            throw new IllegalArgumentException(
                    "self attention can't be limited to latents halved %d times".formatted(selfHalvings));
        }
        weights.keySet().forEach(prompts::inTargets);
        crossGate.words().keySet().forEach(prompts::inTargets);
        align(prompts, mode);
    }

    /** The published settings for a swap of words: cross attention in the first 80 % of the steps, self in 40 %. */
    public static PromptToPrompt of(EditPrompts prompts) {
        return new PromptToPrompt(
                prompts, AlignmentMode.AUTO, new CrossGate(Window.until(0.8)), Window.until(0.4), Map.of(), 1);
    }

    /** This edit with another alignment. */
    public PromptToPrompt align(AlignmentMode other) {
        return new PromptToPrompt(prompts, other, crossGate, selfGate, weights, selfHalvings);
    }

    /** This edit with cross attention edited at other times. */
    public PromptToPrompt crossSteps(CrossGate gate) {
        return new PromptToPrompt(prompts, mode, gate, selfGate, weights, selfHalvings);
    }

    /** This edit with self attention taken from the source at other times. */
    public PromptToPrompt selfSteps(Window gate) {
        return new PromptToPrompt(prompts, mode, crossGate, gate, weights, selfHalvings);
    }

    /**
     * This edit with the attention to a word or phrase of the targets multiplied; later weights replace earlier ones.
     */
    public PromptToPrompt weight(String word, double weight) {
        Map<String, Double> more = new LinkedHashMap<>(weights);
        more.remove(word); // the last word is the one that was set last
        more.put(word, weight);
        return new PromptToPrompt(prompts, mode, crossGate, selfGate, more, selfHalvings);
    }

    /**
     * This edit with self attention limited to smaller or larger maps.
     *
     * @param halvings 1, the default: up to 32x32 of latents of 64x64; 2: up to 16x16; 0: everywhere
     */
    public PromptToPrompt selfLimit(int halvings) {
        return new PromptToPrompt(prompts, mode, crossGate, selfGate, weights, halvings);
    }

    /** The alignment with each target. */
    public List<PromptAlignment> alignments() {
        return align(prompts, mode);
    }

    private static List<PromptAlignment> align(EditPrompts prompts, AlignmentMode mode) {
        return prompts.targets().stream()
                .map(target -> PromptAlignment.of(prompts.source(), target, mode, prompts.conformance()))
                .toList();
    }

    /**
     * Whether the self attention of a site can be taken from the source.
     *
     * @param latents the size of the latents
     */
    public boolean editsSelf(AttentionSite site, Grid latents) {
        return !site.isCross() && Grid.of(site).fitsIn(latents.halved(selfHalvings));
    }

    @Override
    public PromptToPromptProgram over(Stage stage) {
        return new PromptToPromptProgram(
                filledUpTo(Math.max(prompts.source().keys(), stage.tokens())),
                stage.latents(),
                stage.steps(),
                stage.rows());
    }

    /** This edit in a run whose text states have more chunks. */
    private PromptToPrompt filledUpTo(int tokens) {
        return new PromptToPrompt(prompts.filledUpTo(tokens), mode, crossGate, selfGate, weights, selfHalvings);
    }

    /**
     * The arrays of the edit in one run.
     *
     * @param steps how many steps the sampler takes
     * @param rows the rows of the UNet's batch
     * @throws IllegalArgumentException if the batch has another number of pictures than there are prompts
     */
    public PromptToPromptControls over(int steps, RowLayout rows) {
        return new PromptToPromptControls(this, steps, rows);
    }
}
