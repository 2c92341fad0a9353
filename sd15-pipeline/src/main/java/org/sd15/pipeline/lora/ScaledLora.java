package org.sd15.pipeline.lora;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.ModelPart;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.importer.lora.WeightChange;

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
     * The weights and biases of a model that LoRAs change, with all changes made, in the order of the LoRAs: what adds
     * gives {@code W + sum of scale * delta}, what multiplies or rotates takes what those before it have left. What a
     * scale means to each kind is in {@link WeightChange} and its kinds; at 0 nothing is changed, whatever the kind.
     *
     * @param original the weight of a name, FLOAT or DOUBLE; it is not changed
     * @return new arrays by name
     * @throws IllegalArgumentException if a LoRA does not fit a weight
     */
    public static Map<String, INDArray> merge(
            Collection<ScaledLora> loras, ModelPart model, Function<String, INDArray> original) {
        Map<String, INDArray> merged = new LinkedHashMap<>();
        Function<String, INDArray> copy = name -> original.apply(name).dup('c');
        for (ScaledLora lora : loras) {
            if (lora.scale != 0) {
                lora.changes(model)
                        .forEach((name, change) -> change.applyTo(merged.computeIfAbsent(name, copy), lora.scale));
            }
        }
        return merged;
    }

    /** By the names of the model's parameters. */
    private Map<String, WeightChange> changes(ModelPart model) {
        Map<String, WeightChange> changes = new LinkedHashMap<>();
        weights.changes().forEach((module, change) -> {
            if (module.model() == model) {
                changes.put(module.weight(), change);
            }
        });
        weights.biases().forEach((module, change) -> {
            if (module.model() == model) {
                changes.put(module.bias(), change);
            }
        });
        return changes;
    }
}
