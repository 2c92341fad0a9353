package org.sd15.pipeline.edit.attend;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.control.AttentionSite;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.Stage;
import org.sd15.pipeline.words.Conformance;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.pipeline.words.Window;
import org.sd15.pipeline.words.WordMaps;

/**
 * Makes sure that every subject of a prompt is drawn: in the first part of the run the latents are moved, before each
 * step, along the slope of the attention to the most neglected one.
 *
 * @param prompt the prompt of the picture
 * @param subjects tokens, at least one
 * @param window the part of the run in which the latents are moved once a step
 * @param stepSize of a move in the first step; it falls by the root of 1 to 1/2 over the run
 * @param refinements at the shares of the run that are the keys the latents are moved again and again, until the loss is
 *     no more than one minus the value
 * @param attempts moves of one refinement at most; 0 for none
 * @param resolution the size of the attention maps that are used; if null, the latents halved twice
 * @param conformance how words are found and the loss is defined
 * @see <a href="https://arxiv.org/abs/2301.13826">Chefer et al., Attend-and-Excite: Attention-Based Semantic Guidance for
 *     Text-to-Image Diffusion Models</a>
 */
public record AttendAndExcite(
        PromptWords prompt,
        List<Integer> subjects,
        Window window,
        double stepSize,
        Map<Double, Double> refinements,
        int attempts,
        @Nullable Grid resolution,
        Conformance conformance)
        implements EditMethod {

    private static final double STEP_SIZE = 20;
    private static final int ATTEMPTS = 20;

    /** Copies the collections and checks numbers. */
    public AttendAndExcite {
        subjects = List.copyOf(subjects);
        refinements = java.util.Collections.unmodifiableMap(new TreeMap<>(refinements));
        if (subjects.isEmpty() || attempts < 0 || !(stepSize >= 0 && Double.isFinite(stepSize))) {
            throw new IllegalArgumentException(
                    "attend: %d subjects, %d attempts, step size %s".formatted(subjects.size(), attempts, stepSize));
        }
        for (int subject : subjects) {
            if (!prompt.own().contains(subject)) {
                throw new IllegalArgumentException("attend: token %d is not one of the words of \"%s\", 1 to %d"
                        .formatted(subject, prompt, prompt.endToken() - 1));
            }
        }
        refinements.forEach((share, wanted) -> {
            if (!(share >= 0 && share < 1 && wanted >= 0 && wanted <= 1)) {
                throw new IllegalArgumentException(
                        "attend: refinement to %s after %s of the steps; both are shares from 0 to 1"
                                .formatted(wanted, share));
            }
        });
    }

    /**
     * The published settings: half of the run, refinements in its first step and after a fifth and two fifths.
     *
     * @param words subjects of the prompt; of a phrase every token is one
     * @throws IllegalArgumentException if a word is not in the prompt
     */
    public static AttendAndExcite of(PromptWords prompt, List<String> words) {
        List<Integer> tokens = words.stream()
                .flatMap(word -> prompt.tokens(word).stream())
                .distinct()
                .toList();
        return new AttendAndExcite(
                prompt,
                tokens,
                Window.until(0.5),
                STEP_SIZE,
                Map.of(0.0, 0.05, 0.2, 0.5, 0.4, 0.8),
                ATTEMPTS,
                null,
                Conformance.CORRECTED);
    }

    /** This with other moves. */
    public AttendAndExcite moving(Window other, double size) {
        return new AttendAndExcite(prompt, subjects, other, size, refinements, attempts, resolution, conformance);
    }

    /** This with other refinements. */
    public AttendAndExcite refining(Map<Double, Double> other) {
        return new AttendAndExcite(prompt, subjects, window, stepSize, other, attempts, resolution, conformance);
    }

    /** This with another largest number of moves of a refinement; 0 for no refinements. */
    public AttendAndExcite attempts(int most) {
        return new AttendAndExcite(prompt, subjects, window, stepSize, refinements, most, resolution, conformance);
    }

    /** This with attention maps of another size. */
    public AttendAndExcite resolution(Grid maps) {
        return new AttendAndExcite(prompt, subjects, window, stepSize, refinements, attempts, maps, conformance);
    }

    /** This as another code does it. */
    public AttendAndExcite conforming(Conformance other) {
        return new AttendAndExcite(prompt, subjects, window, stepSize, refinements, attempts, resolution, other);
    }

    @Override
    public AttendAndExciteProgram over(Stage stage) {
        return over(stage.sites(), stage.latents(), stage.steps());
    }

    /**
     * The program of a run of one picture.
     *
     * @param sites all sites of the model
     * @param latents the size of the latents
     * @param steps how many steps the sampler takes
     */
    public AttendAndExciteProgram over(Collection<AttentionSite> sites, Grid latents, int steps) {
        return new AttendAndExciteProgram(
                this, new WordMaps(WordMaps.sites("attend", sites, latents, resolution)), steps);
    }
}
