package org.sd15.pipeline.edit.zero;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.model.DiffusionModel;

/**
 * A picture that is to be moved along a direction between concepts. Without a given picture, the source prompt is drawn as
 * well. Immutable; the methods return a new request.
 *
 * @param source what the picture shows
 * @param direction what is to change
 * @param amount of cross-attention guidance; 0.1 as published, 0 for none
 * @param settings steps, guidance, randomness, size
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}; null to draw the source. It is reset to its inversion
 * @param inversion of the picture, made before; null to invert it when the run is prepared
 */
public record Pix2PixZeroRequest(
        String source,
        EditDirection direction,
        double amount,
        RunSettings settings,
        @Nullable INDArray picture,
        @Nullable Inversion inversion) {

    private static final double AMOUNT = 0.1;

    /** Checks the amount. */
    public Pix2PixZeroRequest {
        if (!Double.isFinite(amount)) {
            throw new IllegalArgumentException(
                    "pix2pix-zero: the amount is %s, must be a finite number".formatted(amount));
        }
    }

    /**
     * A request with the published settings.
     *
     * @param source what the picture shows
     * @param direction the difference of two means of text states, {@code [tokens, width]}
     */
    public static Pix2PixZeroRequest of(String source, EditDirection direction) {
        return new Pix2PixZeroRequest(source, direction, AMOUNT, RunSettings.DEFAULT, null, null);
    }

    /** This request with another amount of cross-attention guidance. */
    public Pix2PixZeroRequest amount(double other) {
        return new Pix2PixZeroRequest(source, direction, other, settings, picture, inversion);
    }

    /** This request with other steps, guidance, seed, size; what the change leaves alone stays as it was set before. */
    public Pix2PixZeroRequest sampling(UnaryOperator<RunSettings> change) {
        return new Pix2PixZeroRequest(source, direction, amount, change.apply(settings), picture, inversion);
    }

    /**
     * This request for a given picture.
     *
     * @param given values from 0 to 1, {@code [1, 3, H, W]}
     */
    public Pix2PixZeroRequest picture(INDArray given) {
        return new Pix2PixZeroRequest(source, direction, amount, settings, given, null);
    }

    /** This request for a picture that was inverted before, by DDIM. It is not inverted again. */
    public Pix2PixZeroRequest inverted(Inversion given) {
        return new Pix2PixZeroRequest(
                source, direction, amount, settings, given.source().pictures(), given);
    }

    /**
     * Prepares the run; a given picture is inverted at once.
     *
     * @return its latents are {@code [2, 4, h, w]}, the source first
     */
    public Denoising on(DiffusionModel model) {
        return Pix2PixZero.run(model, List.of(this));
    }
}
