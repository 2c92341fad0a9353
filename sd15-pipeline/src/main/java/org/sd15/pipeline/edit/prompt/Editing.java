package org.sd15.pipeline.edit.prompt;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.heatmap.HeatMapProgram;
import org.sd15.pipeline.heatmap.PromptHeatMaps;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.mask.MaskedGuidance;

/** One edit: the run that draws source and targets together, and what it leaves behind. Picture 0 is the source's. */
public final class Editing {

    private final PromptToPrompt edit;
    private final @Nullable Inversion inversion;
    private final @Nullable Reconstruction reconstruction;
    private final Observers observers;
    private final Denoising run;

    /** What watches the run, where it was asked for. */
    record Observers(
            @Nullable LocalBlendProgram blend,
            @Nullable MaskedGuidance limit,
            @Nullable HeatMapProgram heatMaps) {

        /** In the order in which they act. */
        List<EditProgram> programs() {
            return Stream.<@Nullable EditProgram>of(limit, blend, heatMaps)
                    .flatMap(Stream::ofNullable)
                    .toList();
        }
    }

    Editing(
            PromptToPrompt edit,
            @Nullable Inversion inversion,
            @Nullable Reconstruction reconstruction,
            Observers observers,
            Denoising run) {
        this.edit = edit;
        this.inversion = inversion;
        this.reconstruction = reconstruction;
        this.observers = observers;
        this.run = run;
    }

    /** The run. Its latents are {@code [1 + targets, 4, h, w]}. */
    public Denoising run() {
        return run;
    }

    /** How the tokens of each target are aligned with those of the source. */
    public List<PromptAlignment> alignments() {
        return edit.alignments();
    }

    /** The inversion of the given picture, if there was one. */
    public Optional<Inversion> inversion() {
        return Optional.ofNullable(inversion);
    }

    /** How well the given picture comes back without an edit, if there was one. */
    public Optional<Reconstruction> reconstruction() {
        return Optional.ofNullable(reconstruction);
    }

    /** Where the targets may differ from the source after the steps done, {@code [targets, h, w]}; if there is a blend. */
    public Optional<INDArray> mask(int step) {
        return Optional.ofNullable(observers.blend()).map(local -> local.run().mask(step));
    }

    /** Where the masks of LEDITS++ let the targets change in any step done, {@code [targets, h, w]}; if there is a limit. */
    public Optional<INDArray> limit() {
        return Optional.ofNullable(observers.limit()).map(MaskedGuidance::everMasked);
    }

    /** Heat maps of a picture's words from the steps done, if they were asked for. */
    public Optional<PromptHeatMaps> heatMaps(int picture) {
        return Optional.ofNullable(observers.heatMaps()).map(heat -> heat.maps().of(picture));
    }
}
