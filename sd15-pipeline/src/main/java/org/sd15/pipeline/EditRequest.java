package org.sd15.pipeline;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.AlignmentMode;
import org.sd15.pipeline.edit.CrossGate;
import org.sd15.pipeline.edit.Grid;
import org.sd15.pipeline.edit.Window;

/**
 * A picture and what its prompt is to become. Without a given picture, the source prompt is drawn as well. Immutable; the
 * methods return a new request.
 *
 * @param source prompt of the picture
 * @param targets prompts of the edited pictures
 * @param edit what happens to the attention
 * @param base size, steps, guidance, seed; its prompts, negative prompts, count and source do not count
 * @param picture a given picture to edit, or null
 * @param heatMaps whether heat maps of all words are made on the way
 */
public record EditRequest(
        String source,
        List<String> targets,
        Edit edit,
        GenerationRequest base,
        @Nullable GivenPicture picture,
        boolean heatMaps) {

    /** Copies the list. */
    public EditRequest {
        targets = List.copyOf(targets);
    }

    /** A swap of words with the published settings: cross attention for 80 % of the steps, self attention for 40 %. */
    public static EditRequest of(String source, String... targets) {
        return new EditRequest(
                source,
                List.of(targets),
                Edit.DEFAULT,
                GenerationRequest.of(source).build(),
                null,
                false);
    }

    /** This request with another edit. */
    public EditRequest edit(UnaryOperator<Edit> change) {
        return new EditRequest(source, targets, change.apply(edit), base, picture, heatMaps);
    }

    /** This request with other steps, guidance, seed, size. */
    public EditRequest sampling(UnaryOperator<GenerationRequestBuilder> change) {
        GenerationRequest changed = change.apply(GenerationRequest.of(source)).build();
        return new EditRequest(source, targets, edit, changed, picture, heatMaps);
    }

    /** This request for a picture that is given. */
    public EditRequest picture(GivenPicture given) {
        return new EditRequest(source, targets, edit, base, given, heatMaps);
    }

    /** This request with heat maps. */
    public EditRequest withHeatMaps() {
        return new EditRequest(source, targets, edit, base, picture, true);
    }

    /**
     * What happens to the attention.
     *
     * @param mode how the prompts are aligned
     * @param crossGate when cross attention is edited
     * @param selfGate when self attention is taken from the source
     * @param weights factors of the attention to words of the targets
     * @param blend what keeps the edit local, or null
     */
    public record Edit(
            AlignmentMode mode,
            CrossGate crossGate,
            Window selfGate,
            Map<String, Double> weights,
            @Nullable Blend blend) {

        static final Edit DEFAULT =
                new Edit(AlignmentMode.AUTO, new CrossGate(Window.until(0.8)), Window.until(0.4), Map.of(), null);

        /** Copies the map. */
        public Edit {
            weights = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        }

        /** This edit with another alignment. */
        public Edit align(AlignmentMode other) {
            return new Edit(other, crossGate, selfGate, weights, blend);
        }

        /** This edit with cross attention edited up to a share of the steps. */
        public Edit crossSteps(double share) {
            return crossGate(new CrossGate(Window.until(share), crossGate.words()));
        }

        /** This edit with another gate of cross attention. */
        public Edit crossGate(CrossGate gate) {
            return new Edit(mode, gate, selfGate, weights, blend);
        }

        /** This edit with self attention taken from the source up to a share of the steps. */
        public Edit selfSteps(double share) {
            return new Edit(mode, crossGate, Window.until(share), weights, blend);
        }

        /** This edit with the attention to a word multiplied. */
        public Edit weight(String word, double factor) {
            Map<String, Double> more = new LinkedHashMap<>(weights);
            more.put(word, factor);
            return new Edit(mode, crossGate, selfGate, more, blend);
        }

        /** This edit kept to where these words are. */
        public Edit blend(@Nullable Blend other) {
            return new Edit(mode, crossGate, selfGate, weights, other);
        }
    }

    /**
     * What keeps an edit local.
     *
     * @param words a word or phrase of the source, then of each target; one for all targets is enough
     * @param threshold share of the largest attention from which a pixel belongs to a word
     * @param resolution size of the attention maps that are used; null for a quarter of the latents
     */
    public record Blend(
            List<String> words, double threshold, @Nullable Grid resolution) {

        private static final double THRESHOLD = 0.3;

        /** Copies the list. */
        public Blend {
            words = List.copyOf(words);
            if (words.size() < 2) {
                throw new IllegalArgumentException(
                        "local blending needs a word of the source and one of the target, got %s".formatted(words));
            }
        }

        /** A blend with the published threshold. */
        public static Blend of(String sourceWord, String... targetWords) {
            List<String> words = new java.util.ArrayList<>(List.of(sourceWord));
            words.addAll(List.of(targetWords));
            return new Blend(words, THRESHOLD, null);
        }
    }

    /**
     * A picture that is given.
     *
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     * @param inversion how it is turned into noise
     * @param skip share of the steps, next to the noise, that are left out
     */
    public record GivenPicture(INDArray picture, InversionMethod inversion, double skip) {

        /** Checks the share. */
        public GivenPicture {
            if (!(skip >= 0 && skip < 1)) {
                throw new IllegalArgumentException("skip is %s, must be from 0 to below 1".formatted(skip));
            }
        }
    }

    /** How a picture is turned into noise. */
    public enum InversionMethod {
        /** DDIM backwards; the source is drawn from the noise again, with an error. */
        DDIM,
        /** DDIM backwards; the source is held on that way, without an error. */
        DIRECT
    }
}
