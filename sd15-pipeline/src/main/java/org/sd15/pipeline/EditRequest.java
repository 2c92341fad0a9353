package org.sd15.pipeline;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.edit.AlignmentMode;
import org.sd15.pipeline.edit.CrossGate;
import org.sd15.pipeline.edit.Window;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.ledits.Limit;

/**
 * A picture and what its prompt is to become. Without a given picture, the source prompt is drawn as well. Immutable; the
 * methods return a new request.
 *
 * @param source prompt of the picture
 * @param targets prompts of the edited pictures
 * @param edit what happens to the attention
 * @param settings steps, guidance, randomness, size
 * @param picture a given picture to edit, or its inversion, or null
 * @param heatMaps whether heat maps of all words are made on the way
 */
public record EditRequest(
        String source,
        List<String> targets,
        Edit edit,
        RunSettings settings,
        @Nullable Given picture,
        boolean heatMaps) {

    /** Copies the list. */
    public EditRequest {
        targets = List.copyOf(targets);
    }

    /** A swap of words with the published settings: cross attention for 80 % of the steps, self attention for 40 %. */
    public static EditRequest of(String source, String... targets) {
        return new EditRequest(source, List.of(targets), Edit.DEFAULT, RunSettings.DEFAULT, null, false);
    }

    /** This request with another edit. */
    public EditRequest edit(UnaryOperator<Edit> change) {
        return new EditRequest(source, targets, change.apply(edit), settings, picture, heatMaps);
    }

    /** This request with other steps, guidance, seed, size; what the change leaves alone stays as it was set before. */
    public EditRequest sampling(UnaryOperator<RunSettings> change) {
        return new EditRequest(source, targets, edit, change.apply(settings), picture, heatMaps);
    }

    /** This request for a picture that is given, or for one that was inverted before. */
    public EditRequest picture(Given given) {
        return new EditRequest(source, targets, edit, settings, given, heatMaps);
    }

    /** This request with heat maps. */
    public EditRequest withHeatMaps() {
        return new EditRequest(source, targets, edit, settings, picture, true);
    }

    /**
     * Prepares the run; a given picture is inverted at once.
     *
     * @throws IllegalArgumentException if a word is not in its prompt, or the prompts can't be aligned
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
     * @param selfLimit self attention is taken where the feature map is the latents halved at least so many times
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
            @Nullable Limit limit) {

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

        /** This edit with cross attention edited up to a share of the steps. */
        public Edit crossSteps(double share) {
            return crossGate(new CrossGate(Window.until(share), crossGate.words()));
        }

        /** This edit with another gate of cross attention. */
        public Edit crossGate(CrossGate gate) {
            return new Edit(mode, gate, selfGate, selfLimit, weights, blend, limit);
        }

        /** This edit with self attention taken from the source up to a share of the steps. */
        public Edit selfSteps(double share) {
            return selfGate(Window.until(share));
        }

        /** This edit with self attention taken from the source in another part of the steps. */
        public Edit selfGate(Window gate) {
            return new Edit(mode, crossGate, gate, selfLimit, weights, blend, limit);
        }

        /** This edit with self attention taken where the latents are halved at least so many times; 0 for everywhere. */
        public Edit selfLimit(int halvings) {
            return new Edit(mode, crossGate, selfGate, halvings, weights, blend, limit);
        }

        /** This edit with the attention to a word multiplied. */
        public Edit weight(String word, double factor) {
            Map<String, Double> more = new LinkedHashMap<>(weights);
            more.put(word, factor);
            return new Edit(mode, crossGate, selfGate, selfLimit, more, blend, limit);
        }

        /** This edit kept to where these words are. */
        public Edit blend(@Nullable Blend other) {
            return new Edit(mode, crossGate, selfGate, selfLimit, weights, other, limit);
        }

        /** This edit kept to the masks of LEDITS++. */
        public Edit limit(@Nullable Limit other) {
            return new Edit(mode, crossGate, selfGate, selfLimit, weights, blend, other);
        }
    }

    /** A picture that is given, and how it is to come back beside the edited ones. */
    public sealed interface Given permits GivenPicture, InvertedPicture {

        /** What keeps the source on its way. */
        Replay replay();

        /** Share of the steps, next to the noise, that are left out. */
        double skip();
    }

    /**
     * A picture that is inverted when the edit is prepared.
     *
     * @param picture values from 0 to 1, {@code [1, 3, H, W]}
     * @param inverter how it is turned into noise
     * @param replay what keeps the source on that way
     * @param skip share of the steps, next to the noise, that are left out
     */
    public record GivenPicture(INDArray picture, Inverter inverter, Replay replay, double skip) implements Given {

        /** Checks the share. */
        public GivenPicture {
            requireShare(skip);
        }

        /** A picture under one of the known methods. */
        public GivenPicture(INDArray picture, InversionMethod method, double skip) {
            this(picture, method.inverter(), method.replay(), skip);
        }
    }

    static void requireShare(double skip) {
        if (!(skip >= 0 && skip < 1)) {
            throw new IllegalArgumentException("skip is %s, must be from 0 to below 1".formatted(skip));
        }
    }

    /** What keeps the source picture on the way of its inversion. Noise maps and null texts always do. */
    public enum Replay {
        /** Nothing more. */
        FREE,
        /** It is put back after each step: direct inversion. */
        HELD,
        /** The unconditional text of all pictures is the source's prompt: negative-prompt inversion. */
        NEGATIVE_PROMPT
    }

    /** The known ways to turn a picture into noise and back. */
    public enum InversionMethod {
        /** DDIM backwards; the source is drawn from the noise again, with an error. */
        DDIM(new DdimInverter(), Replay.FREE),
        /** DDIM backwards; the source is held on that way, without an error. */
        DIRECT(new DdimInverter(), Replay.HELD),
        /** DDIM backwards; the source's prompt is the unconditional text, so that guidance can't move the source. */
        NEGATIVE_PROMPT(new DdimInverter(), Replay.NEGATIVE_PROMPT),
        /** DDIM backwards; the unconditional text is fitted in each step until guidance can't move the source. */
        NULL_TEXT(new NullTextInverter(), Replay.FREE),
        /** The noise maps of DDPM; no error. */
        EDIT_FRIENDLY(NoiseMapInverter.editFriendly(), Replay.FREE);

        private final Inverter inverter;
        private final Replay replay;

        InversionMethod(Inverter inverter, Replay replay) {
            this.inverter = inverter;
            this.replay = replay;
        }

        /** Turns the picture into noise. */
        public Inverter inverter() {
            return inverter;
        }

        /** Keeps the source on that way. */
        public Replay replay() {
            return replay;
        }
    }
}
