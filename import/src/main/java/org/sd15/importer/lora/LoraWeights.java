package org.sd15.importer.lora;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.ModelPart;

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
 * @param changes what becomes of the weight of which module
 * @param biases what becomes of its bias
 * @param metadata remarks that go into a file along with it
 */
public record LoraWeights(
        Map<LoraModule, WeightChange> changes, Map<LoraModule, WeightChange> biases, Map<String, String> metadata) {

    /** Copies the maps, in their order. */
    public LoraWeights {
        changes = Collections.unmodifiableMap(new LinkedHashMap<>(changes));
        biases = Collections.unmodifiableMap(new LinkedHashMap<>(biases));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** An empty LoRA to be filled. */
    public static Builder builder() {
        return new Builder();
    }

    /** How many modules of a model it changes. */
    public int count(ModelPart model) {
        return Math.toIntExact(changes.keySet().stream()
                .filter(module -> module.model() == model)
                .count());
    }

    /**
     * The layers of a plain LoRA, for what needs its two halves: training it further, writing it into a file.
     *
     * @throws IllegalArgumentException if it changes weights in another way; such can only be merged
     */
    public Map<LoraModule, LoraLayer> layers() {
        Set<String> others = Stream.concat(changes.values().stream(), biases.values().stream())
                .filter(change -> !(change instanceof LoraLayer))
                .map(WeightChange::method)
                .collect(Collectors.toCollection(TreeSet::new));
        if (!others.isEmpty()) {
            throw new IllegalArgumentException(
                    "the LoRA has changes by %s, which can only be merged into a model; a plain LoRA is wanted here"
                            .formatted(String.join(", ", others)));
        }
        Map<LoraModule, LoraLayer> layers = new LinkedHashMap<>();
        changes.forEach((module, change) -> layers.put(module, (LoraLayer) change));
        return Collections.unmodifiableMap(layers);
    }

    /** The number of its elements. */
    public long parameters() {
        return Stream.concat(changes.values().stream(), biases.values().stream())
                .mapToLong(WeightChange::parameters)
                .sum();
    }

    /** Gathers changes. */
    public static final class Builder {

        private final Map<LoraModule, WeightChange> changes = new LinkedHashMap<>();
        private final Map<LoraModule, WeightChange> biases = new LinkedHashMap<>();
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
         * Changes the weight of a module.
         *
         * @throws IllegalArgumentException if it is changed already
         */
        public Builder add(LoraModule module, WeightChange change) {
            return put(changes, module, change);
        }

        /**
         * Changes the bias of a module.
         *
         * @throws IllegalArgumentException if it is changed already
         */
        public Builder addToBias(LoraModule module, WeightChange change) {
            return put(biases, module, change);
        }

        private Builder put(Map<LoraModule, WeightChange> into, LoraModule module, WeightChange change) {
            if (into.putIfAbsent(module, change) != null) {
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
            return new LoraWeights(changes, biases, metadata);
        }
    }
}
