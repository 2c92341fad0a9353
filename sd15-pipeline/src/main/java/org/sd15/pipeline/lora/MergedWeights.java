package org.sd15.pipeline.lora;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.lora.LoraModule.Model;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.unet.UNet;

/**
 * The weights of one model with LoRAs added: {@code W + sum of scale * alpha / rank * up * down}. The sum is always
 * made from the original arrays, which are kept untouched and put back where no LoRA adds any more; so nothing is ever
 * subtracted, and no rounding remains. Weights that no LoRA adds to are not copied.
 */
public final class MergedWeights {

    private final Model model;
    private final Map<String, INDArray> present;
    private final Consumer<Map<String, INDArray>> replace;
    private final Map<String, INDArray> originals = new LinkedHashMap<>();

    private MergedWeights(Model model, Map<String, INDArray> present, Consumer<Map<String, INDArray>> replace) {
        this.model = model;
        this.present = present;
        this.replace = replace;
    }

    /** Those of a UNet. */
    public static MergedWeights of(UNet unet) {
        return new MergedWeights(Model.UNET, unet.weights(), unet::replaceWeights);
    }

    /** Those of a text encoder. */
    public static MergedWeights of(ClipTextEncoder textEncoder) {
        return new MergedWeights(Model.TEXT_ENCODER, textEncoder.weights(), textEncoder::replaceWeights);
    }

    /**
     * Adds these LoRAs and no others.
     *
     * @throws IllegalArgumentException if the model lacks a module or its shape is another; then nothing has changed
     */
    public void set(Collection<ScaledLora> loras) {
        Map<String, INDArray> merged = ScaledLora.merge(loras, model, this::original);
        Map<String, INDArray> next = new LinkedHashMap<>(originals);
        next.putAll(merged);
        Map<String, INDArray> before = new LinkedHashMap<>();
        next.keySet().forEach(name -> before.put(name, original(name)));
        Map<String, INDArray> copies = new LinkedHashMap<>(present);
        copies.keySet().retainAll(originals.keySet());
        replace.accept(next);
        originals.clear();
        merged.keySet().forEach(name -> originals.put(name, before.get(name)));
        copies.values().forEach(INDArray::close);
    }

    private INDArray original(String name) {
        INDArray kept = originals.get(name);
        INDArray array = kept != null ? kept : present.get(name);
        if (array == null) {
            throw new IllegalArgumentException("the %s has no weight %s for the LoRA to add to".formatted(model, name));
        }
        return array;
    }
}
