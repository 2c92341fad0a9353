package org.sd15.spark.training;

import java.io.Serializable;
import org.sd15.attention.graph.LowRank;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.job.Method;

/**
 * Which LoRA learns, as executors are told.
 *
 * @param rank at least 1
 * @param alpha which divided by the rank scales the addition
 * @param layers of the UNet, as {@link AdaptedLayers#of} reads them
 * @param textEncoder whether the attentions of the text encoder get additions too
 */
public record LoraLayers(int rank, double alpha, String layers, boolean textEncoder) implements Serializable {

    private static final long serialVersionUID = 1;

    /** A LoRA on the attentions of the UNet. */
    public static LoraLayers attention(int rank) {
        return new LoraLayers(rank, rank, "attention", false);
    }

    /** The method, as a training takes it. */
    public Method.Lora method() {
        return new Method.Lora(new LowRank(rank, alpha), AdaptedLayers.of(layers), textEncoder);
    }
}
