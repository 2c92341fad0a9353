package org.sd15.importer.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.lora.LoraModule.Model;
import org.sd15.importer.tensor.TensorFile;

/**
 * The configuration of PEFT's adapters, which diffusers keeps in a file's metadata: the one place where files of PEFT's
 * and of diffusers' format can say that alpha is not the rank.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/loaders/lora_base.py">diffusers,
 *     lora_base.py</a> for the key, and <a
 *     href="https://github.com/huggingface/peft/blob/v0.17.1/src/peft/tuners/lora/config.py">PEFT, config.py</a> for its
 *     content
 */
final class AdapterMetadata {

    static final String KEY = "lora_adapter_metadata";

    private static final List<String> NOT_SUPPORTED = List.of("use_dora", "lora_bias", "fan_in_fan_out");

    /** PEFT takes the keys of its patterns for regular expressions; a dot is the only special character in a path. */
    private static final Pattern PATH = Pattern.compile("[\\w.]+");

    private static final String TEXT_MODEL = "text_model.";

    private final TensorFile file;
    private final ObjectNode root;
    private final Map<Model, Map<String, AlphaPattern>> patterns = new EnumMap<>(Model.class);

    private AdapterMetadata(TensorFile file, ObjectNode root) {
        this.file = file;
        this.root = root;
    }

    /**
     * The alpha of the modules whose path is a pattern's or ends with it.
     *
     * @param position among the patterns of the file: the first that fits holds
     */
    private record AlphaPattern(int position, double alpha) {}

    /**
     * What a file says, which may be nothing.
     *
     * @param peft whether its names are those of PEFT alone, which keeps its configuration beside it
     * @throws ImportException if it is malformed or asks for what is not supported
     */
    static AdapterMetadata read(TensorFile file, boolean peft) {
        String text = file.metadata().get(KEY);
        ObjectNode root = text != null
                ? StrictJson.readObject(file.path(), text, KEY)
                : peft ? AdapterConfig.beside(file.path()) : JsonNodeFactory.instance.objectNode();
        AdapterMetadata metadata = new AdapterMetadata(file, root);
        for (Model model : Model.values()) {
            NOT_SUPPORTED.forEach(key -> metadata.refuse(model, key));
            metadata.patterns.put(model, metadata.patterns(model));
        }
        return metadata;
    }

    private void refuse(Model model, String key) {
        if (root.path(model + "." + key).asBoolean()) {
            throw problem("has %s.%s, which is not supported".formatted(model, key));
        }
    }

    /**
     * The alpha of a module, the rank if the file doesn't say it. Where PEFT divides by the root of the rank
     * (rank-stabilised LoRA) alpha is the one that gives the same when divided by the rank.
     */
    double alpha(LoraModule module, double rank) {
        Model model = module.model();
        JsonNode general = root.path(model + ".lora_alpha");
        double alpha = pattern(module).orElseGet(() -> general.isMissingNode() ? rank : number(general, "lora_alpha"));
        double scaled = root.path(model + ".use_rslora").asBoolean() ? alpha * Math.sqrt(rank) : alpha;
        if (!Double.isFinite(scaled)) {
            throw problem("has the lora_alpha %s for %s, which is too large".formatted(alpha, module));
        }
        return scaled;
    }

    private Map<String, AlphaPattern> patterns(Model model) {
        Map<String, AlphaPattern> read = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry :
                root.path(model + ".alpha_pattern").properties()) {
            String key = entry.getKey();
            if (!PATH.matcher(key).matches()) {
                throw problem("has the alpha_pattern \"%s\": only paths are supported".formatted(Shown.of(key)));
            }
            read.put(key, new AlphaPattern(read.size(), number(entry.getValue(), "alpha_pattern")));
        }
        return read;
    }

    /** Of the path and its ends, each behind a dot, the one that comes first in the file. */
    private Optional<Double> pattern(LoraModule module) {
        Map<String, AlphaPattern> known = patterns.getOrDefault(module.model(), Map.of());
        String end = module.path();
        AlphaPattern first = known.get(end);
        for (int dot = end.indexOf('.'); dot >= 0; dot = end.indexOf('.', dot + 1)) {
            AlphaPattern pattern = known.get(end.substring(dot + 1));
            if (pattern != null && (first == null || pattern.position < first.position)) {
                first = pattern;
            }
        }
        return Optional.ofNullable(first).map(AlphaPattern::alpha);
    }

    private double number(JsonNode value, String key) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw problem("has the %s %s, which is not a number".formatted(key, Shown.of(value.toString())));
        }
        return value.doubleValue();
    }

    private ImportException problem(String what) {
        return file.metadata().containsKey(KEY)
                ? new ImportException(file.path(), "its metadata " + KEY + " " + what)
                : new ImportException(file.path().resolveSibling(AdapterConfig.NAME), what);
    }

    /** Whether a LoRA needs one: without it diffusers takes alpha for the rank, and one rank for all modules. */
    static boolean isNeeded(LoraWeights lora) {
        for (Model model : Model.values()) {
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
        for (Model model : Model.values()) {
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

    private static void write(ObjectNode root, Model model, Map<String, LoraLayer> layers) {
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
