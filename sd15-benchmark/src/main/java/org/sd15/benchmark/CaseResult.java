package org.sd15.benchmark;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * One edit of one case, judged. A line of the results file.
 *
 * @param task name of the case
 * @param kind what was asked for
 * @param method name of the method
 * @param settings the numbers it was run with, in words
 * @param success whether it did what was asked for; null if nobody can tell
 * @param psnr of what should have been kept, in dB; null if the mask leaves nothing
 * @param ssim of the same
 * @param mse of the same
 * @param structure distance of the whole picture, see {@link StructureDistance}
 * @param maskIou how well the method's own mask covers where a change was allowed; null if it has none
 * @param reconstruction PSNR of the picture that comes back without an edit, in dB; null without an inversion
 * @param seconds of the edit, without the inversion
 * @param inversionSeconds of the inversion, which several edits share
 * @param problem what went wrong, then there are no numbers; or null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CaseResult(
        @JsonProperty("case") String task,
        String kind,
        String method,
        String settings,
        @Nullable Boolean success,
        @Nullable Double psnr,
        @Nullable Double ssim,
        @Nullable Double mse,
        @Nullable Double structure,
        @JsonProperty("mask_iou") @Nullable Double maskIou,
        @Nullable Double reconstruction,
        double seconds,
        @JsonProperty("inversion_seconds") double inversionSeconds,
        @Nullable String problem) {

    /** What tells results apart. */
    record Key(String task, String method, String settings) {}

    /** What tells it apart. */
    public Object key() {
        return new Key(task, method, settings);
    }
}
