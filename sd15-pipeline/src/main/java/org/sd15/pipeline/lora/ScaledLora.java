package org.sd15.pipeline.lora;

import org.sd15.importer.lora.LoraWeights;

/**
 * A LoRA and how strongly it counts.
 *
 * @param weights the LoRA
 * @param scale 1 as it was trained, 0 not at all, negative for the opposite
 */
public record ScaledLora(LoraWeights weights, double scale) {

    /** Checks the scale. */
    public ScaledLora {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("the scale of a LoRA is %s, must be a number".formatted(scale));
        }
    }
}
