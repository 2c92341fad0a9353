package org.sd15.pipeline.edit.masactrl;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.model.DiffusionModel;
import org.sd15.pipeline.prompt.PromptSchedule;
import org.sd15.pipeline.words.EditPrompts;

/**
 * A picture that is to be drawn again in another pose or shape, with what is seen in it kept. Without a given picture, the
 * source prompt is drawn as well. Immutable; the methods return a new request.
 *
 * @param source prompt of the picture; usually empty for a given one
 * @param targets prompts of the edited pictures
 * @param control what the attention of the targets takes from the source
 * @param settings steps, guidance, randomness, size
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}; null to draw the source
 * @param inversion of the picture, made before under the source prompt; null to invert it when the run is prepared
 * @param direct whether a given picture is reset to its inversion after each step, without which it is drawn with an error
 */
public record MasaCtrlRequest(
        String source,
        List<String> targets,
        MasaCtrl control,
        RunSettings settings,
        @Nullable INDArray picture,
        @Nullable Inversion inversion,
        boolean direct) {

    /** Copies the list and checks that there is something to do. */
    public MasaCtrlRequest {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("MasaCtrl of \"%s\" needs at least one target".formatted(source));
        }
    }

    /**
     * A request with the published settings.
     *
     * @param source prompt of the picture; usually empty for a given one
     * @param targets prompts of the edited pictures
     * @throws IllegalArgumentException if there is no target
     */
    public static MasaCtrlRequest of(String source, String... targets) {
        return new MasaCtrlRequest(source, List.of(targets), MasaCtrl.DEFAULT, RunSettings.DEFAULT, null, null, true);
    }

    /** This request with another control. */
    public MasaCtrlRequest control(UnaryOperator<MasaCtrl> change) {
        return new MasaCtrlRequest(source, targets, change.apply(control), settings, picture, inversion, direct);
    }

    /** This request with other steps, guidance, seed, size; what the change leaves alone stays as it was set before. */
    public MasaCtrlRequest sampling(UnaryOperator<RunSettings> change) {
        return new MasaCtrlRequest(source, targets, control, change.apply(settings), picture, inversion, direct);
    }

    /**
     * This request for a given picture, by direct inversion.
     *
     * @param given values from 0 to 1, {@code [1, 3, H, W]}
     */
    public MasaCtrlRequest picture(INDArray given) {
        return new MasaCtrlRequest(source, targets, control, settings, given, null, direct);
    }

    /** This request for a picture that was inverted before, by DDIM. It is not inverted again. */
    public MasaCtrlRequest inverted(Inversion given) {
        return new MasaCtrlRequest(
                source, targets, control, settings, given.source().pictures(), given, direct);
    }

    /** This request with a given picture drawn from its noise again, with the error of DDIM inversion. */
    public MasaCtrlRequest withoutDirectInversion() {
        return new MasaCtrlRequest(source, targets, control, settings, picture, inversion, false);
    }

    /**
     * Makes sure that the words of masks are in their prompts, for callers who invert a picture themselves.
     *
     * @throws IllegalArgumentException if one is not
     */
    public void requireWords(DiffusionModel model) {
        var schedule = new PromptSchedule(settings.promptStyle(), settings.steps());
        requireWords(words(model.components(), schedule));
    }

    /** The prompts of the first step, which are those of all where masks are of words. */
    EditPrompts words(Components model, PromptSchedule schedule) {
        List<String> prompts =
                Stream.concat(Stream.of(source), targets.stream()).toList();
        if (control.foreground() instanceof Foreground.Words) {
            schedule.requireConstant(
                    prompts, "masks are of words that are there in all steps; give masks, or write one text");
        }
        List<String> first = schedule.at(prompts, 0);
        return EditPrompts.of(first.get(0), first.subList(1, first.size()), schedule.style(), model.tokenizer());
    }

    void requireWords(EditPrompts prompts) {
        if (control.foreground() instanceof Foreground.Words words) {
            prompts.source().tokens(words.source());
            prompts.all().stream().skip(1).forEach(prompt -> prompt.tokens(words.target()));
        }
    }

    /**
     * Prepares the run; a given picture is inverted at once.
     *
     * @return its latents are {@code [1 + targets, 4, h, w]}, the source first
     * @throws IllegalArgumentException if a word of a mask is not in its prompt, or a given picture goes with start noise, a
     *     size or another scheduler than DDIM
     */
    public MasaCtrlRun on(DiffusionModel model) {
        return MasaCtrlRun.of(model, List.of(this));
    }
}
