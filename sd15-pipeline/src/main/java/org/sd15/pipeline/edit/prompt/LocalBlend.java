package org.sd15.pipeline.edit.prompt;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RowLayout;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.EditPrompts;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.WordMaps;

/**
 * Keeps an edit local: where neither the source's word nor the target's drew attention, the target picture is the
 * source picture. A value without a run; {@link #over} ties it to one.
 *
 * @param prompts source and targets
 * @param words for the source and each target, the tokens of the words that may change
 * @param subtracted likewise, the tokens of words that must not change; empty lists if there are none
 * @param threshold how much attention makes a pixel part of the words, as a share of the largest, in [0, 1)
 * @param subtractThreshold the same for the subtracted words
 * @param start the share of the steps before the first one that blends, in [0, 1]
 * @param resolution the size of the attention maps that are used; if null, the latents halved twice
 */
public record LocalBlend(
        EditPrompts prompts,
        List<Set<Integer>> words,
        List<Set<Integer>> subtracted,
        double threshold,
        double subtractThreshold,
        double start,
        @Nullable Grid resolution)
        implements EditMethod {

    private static final double THRESHOLD = 0.3;
    private static final double START = 0.2;

    /** Copies the sets and checks that there is one for each prompt and that numbers are within their bounds. */
    public LocalBlend {
        words = words.stream().map(Set::copyOf).toList();
        subtracted = subtracted.stream().map(Set::copyOf).toList();
        int pictures = prompts.pictures();
        if (words.size() != pictures
                || subtracted.size() != pictures
                || words.stream().anyMatch(Set::isEmpty)) {
            throw new IllegalArgumentException(
                    "local blending of %d pictures needs tokens for each: there are %d sets and %d to subtract"
                            .formatted(pictures, words.size(), subtracted.size()));
        }
        int keys = prompts.source().keys();
        Stream.of(words, subtracted).flatMap(List::stream).flatMap(Set::stream).forEach(token -> {
            if (token < 0 || token >= keys) {
                throw new IllegalArgumentException(
                        "local blending: there is no token %d, only 0 to %d".formatted(token, keys - 1));
            }
        });
        requireShare("threshold", threshold, threshold < 1);
        requireShare("threshold of subtracted words", subtractThreshold, subtractThreshold < 1);
        requireShare("start", start, true);
    }

    private static void requireShare(String what, double share, boolean also) {
        if (!(share >= 0 && share <= 1 && also)) {
            throw new IllegalArgumentException(
                    "local blending: the %s is %s, expected a share from 0 to 1".formatted(what, share));
        }
    }

    /**
     * The words that may change, one or several in each prompt, with the published thresholds.
     *
     * @param words for the source and then each target; each may be several words in a row
     * @throws IllegalArgumentException if a prompt lacks its word
     */
    public static LocalBlend of(EditPrompts prompts, List<List<String>> words) {
        List<Set<Integer>> none =
                prompts.all().stream().map(prompt -> Set.<Integer>of()).toList();
        return new LocalBlend(prompts, tokens(prompts, words), none, THRESHOLD, THRESHOLD, START, null);
    }

    /**
     * One word of the source that may change, and what it changes to.
     *
     * @param targetWord looked for in every target prompt
     * @throws IllegalArgumentException if a prompt lacks its word
     */
    public static LocalBlend around(EditPrompts prompts, String sourceWord, String targetWord) {
        List<List<String>> words = new ArrayList<>(List.of(List.of(sourceWord)));
        prompts.targets().forEach(target -> words.add(List.of(targetWord)));
        return of(prompts, words);
    }

    private static List<Set<Integer>> tokens(EditPrompts prompts, List<List<String>> words) {
        List<PromptWords> all = prompts.all();
        if (words.size() != all.size()) {
            throw new IllegalArgumentException("local blending: %d lists of words for %d prompts, the source's included"
                    .formatted(words.size(), all.size()));
        }
        List<Set<Integer>> tokens = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Set<Integer> own = new TreeSet<>();
            for (String word : words.get(i)) {
                own.addAll(all.get(i).tokens(word, prompts.conformance()));
            }
            tokens.add(own);
        }
        return tokens;
    }

    /**
     * This blend, but what these words draw attention to stays as in the source; a list for each prompt, may be empty.
     */
    public LocalBlend subtract(List<List<String>> kept) {
        return new LocalBlend(prompts, words, tokens(prompts, kept), threshold, subtractThreshold, start, resolution);
    }

    /** This blend with other thresholds. */
    public LocalBlend thresholds(double ofWords, double ofSubtracted) {
        return new LocalBlend(prompts, words, subtracted, ofWords, ofSubtracted, start, resolution);
    }

    /** This blend from another step on: after this share of the steps. */
    public LocalBlend startAfter(double share) {
        return new LocalBlend(prompts, words, subtracted, threshold, subtractThreshold, share, resolution);
    }

    /** This blend with attention maps of another size. */
    public LocalBlend resolution(Grid maps) {
        return new LocalBlend(prompts, words, subtracted, threshold, subtractThreshold, start, maps);
    }

    /**
     * The sites whose attention decides: all cross attentions of the resolution outside the middle block. If no
     * resolution was chosen and the model has none at that of the latents halved twice, the next finer one serves.
     *
     * @param sites all sites of the model
     * @param latents the size of the latents
     * @throws IllegalArgumentException if there is none
     */
    public List<AttentionSite> sites(Collection<AttentionSite> sites, Grid latents) {
        return WordMaps.sites("local blending", sites, latents, resolution);
    }

    @Override
    public LocalBlendProgram over(Stage stage) {
        return new LocalBlendProgram(over(stage.sites(), stage.latents(), stage.rows(), stage.steps()));
    }

    /**
     * The blend in one run.
     *
     * @param sites all sites of the model, or just those that {@link #sites} chooses
     * @param latents the size of the latents
     * @param rows the rows of the UNet's batch
     * @param steps how many steps the sampler takes
     */
    public LocalBlendRun over(Collection<AttentionSite> sites, Grid latents, RowLayout rows, int steps) {
        return new LocalBlendRun(this, sites(sites, latents), latents, rows, steps);
    }
}
