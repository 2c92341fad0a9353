package org.sd15.pipeline.edit.attend;

import java.util.List;
import java.util.function.UnaryOperator;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.model.DiffusionModel;

/**
 * A picture in which every subject of its prompt is to be seen. Immutable; the methods return a new request.
 *
 * @param prompt what to draw
 * @param words subjects of the prompt
 * @param settings steps, guidance, randomness, size
 * @param method changes the published settings of Attend-and-Excite
 */
public record AttendRequest(
        String prompt, List<String> words, RunSettings settings, UnaryOperator<AttendAndExcite> method) {

    /** Copies the list. */
    public AttendRequest {
        words = List.copyOf(words);
    }

    /**
     * A request with the published settings.
     *
     * @param prompt what to draw
     * @param words subjects of the prompt, words or phrases, at least one
     */
    public static AttendRequest of(String prompt, List<String> words) {
        return new AttendRequest(prompt, words, RunSettings.DEFAULT, UnaryOperator.identity());
    }

    /**
     * This request with other settings of the method.
     *
     * @param change of the published settings
     */
    public AttendRequest method(UnaryOperator<AttendAndExcite> change) {
        return new AttendRequest(prompt, words, settings, change);
    }

    /** This request with other steps, guidance, seed, size; what the change leaves alone stays as it was set before. */
    public AttendRequest sampling(UnaryOperator<RunSettings> change) {
        return new AttendRequest(prompt, words, change.apply(settings), method);
    }

    /**
     * Prepares the run.
     *
     * @return the run of one picture
     * @throws IllegalArgumentException if a word is not in the prompt
     */
    public AttendRun on(DiffusionModel model) {
        return AttendRun.of(model, List.of(this));
    }
}
