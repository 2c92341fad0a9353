package org.sd15.pipeline;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.inversion.Inversion;

/**
 * A picture that is to be moved along a direction between concepts. Without a given picture, the source prompt is drawn as
 * well. Immutable; the methods return a new request.
 *
 * @param source what the picture shows
 * @param direction what is to change
 * @param amount of cross-attention guidance; 0.1 as published, 0 for none
 * @param base size, steps, guidance, seed; its prompts, negative prompts, count and source do not count
 * @param picture values from 0 to 1, {@code [1, 3, H, W]}; null to draw the source. It is held on its inversion
 * @param inversion of the picture, made before; null to invert it when the run is prepared
 */
public record Pix2PixZeroRequest(
        String source,
        EditDirection direction,
        double amount,
        GenerationRequest base,
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

    /** A request with the published settings. */
    public static Pix2PixZeroRequest of(String source, EditDirection direction) {
        GenerationRequest base = GenerationRequest.of(source).build();
        return new Pix2PixZeroRequest(source, direction, AMOUNT, base, null, null);
    }

    /** This request with another amount of cross-attention guidance. */
    public Pix2PixZeroRequest amount(double other) {
        return new Pix2PixZeroRequest(source, direction, other, base, picture, inversion);
    }

    /** This request with other steps, guidance, seed, size. */
    public Pix2PixZeroRequest sampling(UnaryOperator<GenerationRequestBuilder> change) {
        GenerationRequest changed = change.apply(GenerationRequest.of(source)).build();
        return new Pix2PixZeroRequest(source, direction, amount, changed, picture, inversion);
    }

    /** This request for a picture that is given. */
    public Pix2PixZeroRequest picture(INDArray given) {
        return new Pix2PixZeroRequest(source, direction, amount, base, given, null);
    }

    /** This request for a picture that was inverted before, by DDIM. It is not inverted again. */
    public Pix2PixZeroRequest inverted(Inversion given) {
        return new Pix2PixZeroRequest(
                source, direction, amount, base, given.source().pictures(), given);
    }
}
