package org.sd15.pipeline.lora;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.ModelPart;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.unet.UNet;

/**
 * The weights of one model with LoRAs merged, see {@link ScaledLora#merge}. They are always made from the original
 * arrays, which are kept untouched and put back where no LoRA changes them any more; so nothing is ever subtracted or
 * rotated back, and no rounding remains. Weights that no LoRA changes are not copied. Other handles on the model keep
 * what they have.
 */
public final class MergedWeights {

    private final ModelPart model;
    private final Map<String, INDArray> present;
    private final Consumer<Map<String, INDArray>> replace;
    private final Map<String, INDArray> originals = new LinkedHashMap<>();

    /** Names of those whose present sums other handles have too: the garbage collector frees them. */
    private final Set<String> shared = new HashSet<>();

    private MergedWeights(ModelPart model, Map<String, INDArray> present, Consumer<Map<String, INDArray>> replace) {
        this.model = model;
        this.present = present;
        this.replace = replace;
    }

    /** Those of a UNet. */
    public static MergedWeights of(UNet unet) {
        return new MergedWeights(ModelPart.UNET, unet.weights(), unet::replaceWeights);
    }

    /** Those of a text encoder. */
    public static MergedWeights of(ClipTextEncoder textEncoder) {
        return new MergedWeights(ModelPart.TEXT_ENCODER, textEncoder.weights(), textEncoder::replaceWeights);
    }

    /** Those of another handle on the UNet, which has what this one has. */
    MergedWeights share(UNet other) {
        return shareWith(of(other));
    }

    /** Those of another handle on the text encoder, which has what this one has. */
    MergedWeights share(ClipTextEncoder other) {
        return shareWith(of(other));
    }

    private MergedWeights shareWith(MergedWeights other) {
        shared.addAll(originals.keySet());
        other.originals.putAll(originals);
        other.shared.addAll(shared);
        return other;
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
        List<INDArray> copies = new ArrayList<>();
        originals.keySet().stream()
                .filter(name -> !shared.contains(name))
                .forEach(name -> copies.add(Objects.requireNonNull(present.get(name))));
        replace.accept(next);
        shared.clear();
        originals.clear();
        merged.keySet().forEach(name -> originals.put(name, before.get(name)));
        copies.forEach(INDArray::close);
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
