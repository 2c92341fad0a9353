package org.sd15.pipeline.lora;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.lora.LoraModule.Model;
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

    /**
     * The weights of a model that LoRAs add to, with all of them added:
     * {@code W + sum of scale * alpha / rank * up * down}.
     *
     * @param original the weight of a name, FLOAT or DOUBLE; it is not changed
     * @return new arrays by name
     * @throws IllegalArgumentException if a LoRA does not fit a weight
     */
    public static Map<String, INDArray> merge(
            Collection<ScaledLora> loras, Model model, Function<String, INDArray> original) {
        Map<String, INDArray> merged = new LinkedHashMap<>();
        for (ScaledLora lora : loras) {
            lora.weights.layers().forEach((module, layer) -> {
                if (module.model() == model) {
                    INDArray sum = merged.computeIfAbsent(
                            module.weight(), name -> original.apply(name).dup('c'));
                    INDArray delta = layer.delta(sum.shape()).muli(lora.scale);
                    sum.addi(sum.dataType() == DataType.FLOAT ? delta : delta.castTo(sum.dataType()));
                }
            });
        }
        return merged;
    }
}
