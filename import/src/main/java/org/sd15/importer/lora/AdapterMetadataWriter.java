package org.sd15.importer.lora;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.sd15.importer.ModelPart;

/** Writes what {@link AdapterMetadata} reads, of plain LoRAs. */
final class AdapterMetadataWriter {

    private static final String TEXT_MODEL = "text_model.";

    private AdapterMetadataWriter() {}

    /** Whether a LoRA needs one: without it diffusers takes alpha for the rank, and one rank for all modules. */
    static boolean isNeeded(LoraWeights lora) {
        for (ModelPart model : LoraModule.MODELS) {
            long ranks = lora.layers().entrySet().stream()
                    .filter(layer -> layer.getKey().model() == model)
                    .map(layer -> layer.getValue().rank())
                    .distinct()
                    .count();
            if (ranks > 1) {
                return true;
            }
        }
        return lora.layers().values().stream().anyMatch(layer -> layer.alpha() != layer.rank());
    }

    /** What diffusers would keep for such a LoRA. */
    static String write(LoraWeights lora) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        for (ModelPart model : LoraModule.MODELS) {
            Map<String, LoraLayer> layers = new TreeMap<>();
            lora.layers().forEach((module, layer) -> {
                if (module.model() == model) {
                    layers.put(peftPath(module), layer);
                }
            });
            if (!layers.isEmpty()) {
                write(root, model, layers);
            }
        }
        return root.toString();
    }

    private static void write(ObjectNode root, ModelPart model, Map<String, LoraLayer> layers) {
        double alpha = mostFrequent(layers, LoraLayer::alpha);
        double rank = mostFrequent(layers, LoraLayer::rank);
        root.put(model + ".r", (int) rank);
        root.put(model + ".lora_alpha", alpha);
        ObjectNode ranks = root.putObject(model + ".rank_pattern");
        ObjectNode alphas = root.putObject(model + ".alpha_pattern");
        layers.forEach((path, layer) -> {
            if (layer.rank() != rank) {
                ranks.put(path, layer.rank());
            }
            if (layer.alpha() != alpha) {
                alphas.put(path, layer.alpha());
            }
        });
        layers.keySet().forEach(root.putArray(model + ".target_modules")::add);
    }

    /**
     * Without the prefix that transformers 5 has dropped: PEFT compares ends of paths, so it fits older ones as well.
     */
    private static String peftPath(LoraModule module) {
        String path = module.path();
        return path.startsWith(TEXT_MODEL) ? path.substring(TEXT_MODEL.length()) : path;
    }

    private static double mostFrequent(Map<String, LoraLayer> layers, ToDoubleFunction<LoraLayer> value) {
        Map<Double, Long> counts = layers.values().stream()
                .collect(Collectors.groupingBy(value::applyAsDouble, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .max(Comparator.comparing(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
    }
}
