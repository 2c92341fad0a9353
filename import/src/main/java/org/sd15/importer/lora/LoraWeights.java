package org.sd15.importer.lora;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.lora.LoraModule.Model;

/**
 * A whole LoRA.
 *
 * <pre>{@code
 * LoraWeights lora = LoraWeights.builder()
 *         .unet("mid_block.attentions.0.transformer_blocks.0.attn1.to_q", down, up, alpha)
 *         .metadata("sd15_training", record)
 *         .build();
 * LoraFile.write(lora, LoraFormat.PEFT, path);
 * }</pre>
 *
 * @param layers what is added to which module
 * @param metadata remarks that go into a file along with it
 */
public record LoraWeights(Map<LoraModule, LoraLayer> layers, Map<String, String> metadata) {

    /** Copies the maps, in their order. */
    public LoraWeights {
        layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** An empty LoRA to be filled. */
    public static Builder builder() {
        return new Builder();
    }

    /** How many modules of a model it adds to. */
    public int count(Model model) {
        return Math.toIntExact(layers.keySet().stream()
                .filter(module -> module.model() == model)
                .count());
    }

    /** The number of its elements. */
    public long parameters() {
        return layers.values().stream()
                .mapToLong(layer -> layer.down().length() + layer.up().length())
                .sum();
    }

    /** Gathers layers. */
    public static final class Builder {

        private final Map<LoraModule, LoraLayer> layers = new LinkedHashMap<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();

        private Builder() {}

        /** Adds to a module of the UNet; see {@link LoraLayer} for the shapes. */
        public Builder unet(String path, INDArray down, INDArray up, double alpha) {
            return add(LoraModule.unet(path), new LoraLayer(down, up, alpha));
        }

        /** Adds to a module of the text encoder; see {@link LoraLayer} for the shapes. */
        public Builder textEncoder(String path, INDArray down, INDArray up, double alpha) {
            return add(LoraModule.textEncoder(path), new LoraLayer(down, up, alpha));
        }

        /**
         * Adds to a module.
         *
         * @throws IllegalArgumentException if the module has a layer already
         */
        public Builder add(LoraModule module, LoraLayer layer) {
            if (layers.putIfAbsent(module, layer) != null) {
                throw new IllegalArgumentException("the LoRA adds to %s twice".formatted(module));
            }
            return this;
        }

        /** Adds a remark. */
        public Builder metadata(String key, String value) {
            metadata.put(key, value);
            return this;
        }

        /** Adds remarks. */
        public Builder metadata(Map<String, String> remarks) {
            metadata.putAll(remarks);
            return this;
        }

        /** The LoRA. */
        public LoraWeights build() {
            return new LoraWeights(layers, metadata);
        }
    }
}
