package org.sd15.pipeline.heatmap;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.model.DiffusionModel;

/**
 * A picture of which each word of the prompt is to be found. Without a given one the prompt is drawn. Immutable; the methods
 * return a new request.
 *
 * @param prompt what the picture shows
 * @param settings steps, guidance, randomness, size; a given picture is drawn again without guidance
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}, reset to its inversion after each step; null to draw the prompt
 * @param inversion of one picture, made before by a deterministic method; null to invert it when the run is prepared
 * @param options what is kept of the attention
 */
public record HeatMapRequest(
        String prompt,
        RunSettings settings,
        @Nullable INDArray picture,
        @Nullable Inversion inversion,
        HeatMapOptions options) {

    /**
     * A request with the usual options.
     *
     * @param prompt what the picture shows, or what is drawn
     */
    public static HeatMapRequest of(String prompt) {
        return new HeatMapRequest(prompt, RunSettings.DEFAULT, null, null, HeatMapOptions.DEFAULT);
    }

    /** This request with other steps, guidance, seed, size; what the change leaves alone stays as it was set before. */
    public HeatMapRequest sampling(UnaryOperator<RunSettings> change) {
        return new HeatMapRequest(prompt, change.apply(settings), picture, inversion, options);
    }

    /**
     * This request for a given picture.
     *
     * @param given values from 0 to 1, {@code [1, 3, H, W]}
     */
    public HeatMapRequest picture(INDArray given) {
        return new HeatMapRequest(prompt, settings, given, null, options);
    }

    /** This request for a picture that was inverted before, under the prompt of its inversion. */
    public HeatMapRequest inverted(Inversion given) {
        return new HeatMapRequest(given.prompt(), settings, given.source().pictures(), given, options);
    }

    /** This request with other options. */
    public HeatMapRequest options(HeatMapOptions other) {
        return new HeatMapRequest(prompt, settings, picture, inversion, other);
    }

    /**
     * Prepares the run; a given picture is inverted at once.
     *
     * @throws IllegalArgumentException if a given picture goes with start noise, a size or another scheduler than DDIM
     */
    public HeatMapRun on(DiffusionModel model) {
        return HeatMapRun.of(model.components(), this);
    }
}
