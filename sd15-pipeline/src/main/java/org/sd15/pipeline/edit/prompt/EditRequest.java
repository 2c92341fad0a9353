package org.sd15.pipeline.edit.prompt;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.SourcePicture;
import org.sd15.pipeline.mask.MaskSettings;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.words.Window;

/**
 * A picture and what its prompt is to become. Without a given picture, the source prompt is drawn as well. Immutable; the
 * methods return a new request.
 *
 * @param source prompt of the picture
 * @param targets prompts of the edited pictures
 * @param edit what happens to the attention
 * @param settings steps, guidance, randomness, size
 * @param picture a given picture to edit, or its inversion, or null
 * @param heatMaps whether heat maps of all words are made during the run
 */
public record EditRequest(
        String source,
        List<String> targets,
        Edit edit,
        RunSettings settings,
        @Nullable SourcePicture picture,
        boolean heatMaps) {

    /** Copies the list. */
    public EditRequest {
        targets = List.copyOf(targets);
    }

    /**
     * A swap of words with the published settings: cross attention for 80 % of the steps, self attention for 40 %.
     *
     * @param source prompt of the picture
     * @param targets prompts of the edited pictures, at least one
     */
    public static EditRequest of(String source, String... targets) {
        return new EditRequest(source, List.of(targets), Edit.DEFAULT, RunSettings.DEFAULT, null, false);
    }

    /**
     * This request with another edit.
     *
     * @param change what it leaves alone stays as it was set before
     */
    public EditRequest edit(UnaryOperator<Edit> change) {
        return new EditRequest(source, targets, change.apply(edit), settings, picture, heatMaps);
    }

    /** This request with other steps, guidance, seed, size; what the change leaves alone stays as it was set before. */
    public EditRequest sampling(UnaryOperator<RunSettings> change) {
        return new EditRequest(source, targets, edit, change.apply(settings), picture, heatMaps);
    }

    /**
     * This request for a given picture instead of a drawn source.
     *
     * @param given the picture itself, or its inversion from before
     */
    public EditRequest picture(SourcePicture given) {
        return new EditRequest(source, targets, edit, settings, given, heatMaps);
    }

    /** This request with heat maps of all words, see {@link Editing#heatMaps}. */
    public EditRequest withHeatMaps() {
        return new EditRequest(source, targets, edit, settings, picture, true);
    }

    /**
     * Makes sure of all that {@link #on} asks of the prompts, for callers who invert a picture themselves.
     *
     * @throws IllegalArgumentException if a word is not in its prompt, or the prompts can't be aligned
     */
    public void requireWords(DiffusionModel model) {
        new EditingFactory(model.components(), this).requireWords();
    }

    /**
     * Prepares the run: source and targets are drawn together, and the targets follow the source's attention. A given
     * picture is inverted at once.
     *
     * @return the run; picture 0 of its latents is the source's
     * @throws IllegalArgumentException if a word is not in its prompt, the prompts can't be aligned, or settings are set
     *     that a given picture decides, such as its size
     */
    public Editing on(DiffusionModel model) {
        return new EditingFactory(model.components(), this).create();
    }

    /**
     * What happens to the attention.
     *
     * @param mode how the prompts are aligned
     * @param crossGate when cross attention is edited
     * @param selfGate when self attention is taken from the source
     * @param selfLimit self attention is taken where the feature map is the latents halved at least n times
     * @param weights factors of the attention to words of the targets
     * @param blend what keeps the edit local in the latents, or null
     * @param limit what keeps the edit local in the predictions, or null
     */
    public record Edit(
            AlignmentMode mode,
            CrossGate crossGate,
            Window selfGate,
            int selfLimit,
            Map<String, Double> weights,
            @Nullable Blend blend,
            @Nullable MaskSettings limit) {

        static final Edit DEFAULT = new Edit(
                AlignmentMode.AUTO, new CrossGate(Window.until(0.8)), Window.until(0.4), 1, Map.of(), null, null);

        /** Copies the map. */
        public Edit {
            weights = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        }

        /** This edit with another alignment. */
        public Edit align(AlignmentMode other) {
            return new Edit(other, crossGate, selfGate, selfLimit, weights, blend, limit);
        }

        /** This edit with cross attention edited up to a share of the steps, 0 to 1. */
        public Edit crossSteps(double share) {
            return crossGate(new CrossGate(Window.until(share), crossGate.words()));
        }

        /** This edit with another gate of cross attention. */
        public Edit crossGate(CrossGate gate) {
            return new Edit(mode, gate, selfGate, selfLimit, weights, blend, limit);
        }

        /** This edit with self attention taken from the source up to a share of the steps, 0 to 1. */
        public Edit selfSteps(double share) {
            return selfGate(Window.until(share));
        }

        /** This edit with self attention taken from the source in another part of the steps. */
        public Edit selfGate(Window gate) {
            return new Edit(mode, crossGate, gate, selfLimit, weights, blend, limit);
        }

        /** This edit with self attention taken where the latents are halved at least n times; 0 for everywhere. */
        public Edit selfLimit(int halvings) {
            return new Edit(mode, crossGate, selfGate, halvings, weights, blend, limit);
        }

        /** This edit with the attention to a word or phrase of the targets multiplied by a finite factor. */
        public Edit weight(String word, double factor) {
            Map<String, Double> more = new LinkedHashMap<>(weights);
            more.put(word, factor);
            return new Edit(mode, crossGate, selfGate, selfLimit, more, blend, limit);
        }

        /** This edit kept to where these words are, by their cross attention; null for everywhere. */
        public Edit blend(@Nullable Blend other) {
            return new Edit(mode, crossGate, selfGate, selfLimit, weights, other, limit);
        }

        /** This edit kept to the masks of LEDITS++; null for everywhere. */
        public Edit limit(@Nullable MaskSettings other) {
            return new Edit(mode, crossGate, selfGate, selfLimit, weights, blend, other);
        }
    }
}
