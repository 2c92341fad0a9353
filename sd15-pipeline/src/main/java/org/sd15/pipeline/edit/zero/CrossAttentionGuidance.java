package org.sd15.pipeline.edit.zero;

import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.Stage;

/**
 * The cross-attention guidance of pix2pix-zero, for a run of two pictures; see {@link Pix2PixZeroProgram}.
 *
 * @param amount how far the latents of the second picture are moved, times the slope; 0.1 as published
 */
public record CrossAttentionGuidance(double amount) implements EditMethod {

    /** Checks the amount. */
    public CrossAttentionGuidance {
        if (!Double.isFinite(amount)) {
            throw new IllegalArgumentException(
                    "pix2pix-zero: the amount is %s, must be a finite number".formatted(amount));
        }
    }

    @Override
    public Pix2PixZeroProgram over(Stage stage) {
        return new Pix2PixZeroProgram(stage.sites(), amount);
    }
}
