package org.sd15.importer.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.sd15.importer.ModelPart;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.tensor.TensorFile;

/**
 * The configuration of PEFT's adapters, which diffusers keeps in a file's metadata: the one place where files of PEFT's
 * and of diffusers' format can say that alpha is not the rank.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/loaders/lora_base.py">diffusers,
 *     lora_base.py</a> for the key, and <a
 *     href="https://github.com/huggingface/peft/blob/v0.21.2/src/peft/tuners/lora/config.py">PEFT, config.py</a> for its
 *     content
 */
final class AdapterMetadata {

    static final String KEY = "lora_adapter_metadata";

    private static final List<String> NOT_SUPPORTED = List.of("lora_bias", "fan_in_fan_out");

    /** More terms of a series than any that converges needs. */
    private static final int MOST_TERMS = 1000;

    /** What PEFT's configurations of LoHa and LoKr have unless they say otherwise. */
    private static final double USUAL_RANK = 8;

    private final TensorFile file;
    private final ObjectNode root;
    private final Map<ModelPart, AdapterPatterns> alphas = new EnumMap<>(ModelPart.class);
    private final Map<ModelPart, AdapterPatterns> ranks = new EnumMap<>(ModelPart.class);

    private AdapterMetadata(TensorFile file, ObjectNode root) {
        this.file = file;
        this.root = root;
    }

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
        for (ModelPart model : LoraModule.MODELS) {
            NOT_SUPPORTED.forEach(key -> metadata.refuse(model, key));
            metadata.alphas.put(model, metadata.patterns(model, "alpha_pattern"));
            metadata.ranks.put(model, metadata.patterns(model, "rank_pattern"));
        }
        return metadata;
    }

    private void refuse(ModelPart model, String key) {
        if (root.path(model + "." + key).asBoolean()) {
            throw problem("has %s.%s, which is not supported".formatted(model, key));
        }
    }

    /** The name of PEFT's method, if there is a configuration that has it. */
    Optional<String> method(ModelPart model) {
        return Optional.of(root.path(model + "." + AdapterConfig.TYPE).asText(""))
                .filter(name -> !name.isEmpty());
    }

    /** Whether PEFT's LoRAs of a model have lengths as well. */
    boolean usesDora(ModelPart model) {
        return root.path(model + ".use_dora").asBoolean();
    }

    /**
     * The alpha of a module, the rank if the file doesn't say it. Where PEFT divides by the root of the rank
     * (rank-stabilised LoRA) alpha is the one that gives the same when divided by the rank.
     */
    double alpha(LoraModule module, double rank) {
        ModelPart model = module.model();
        String key = method(model).orElse(AdapterConfig.LORA).equals(AdapterConfig.LORA) ? "lora_alpha" : "alpha";
        double alpha = number(module, alphas, key, rank);
        double scaled = root.path(model + ".use_rslora").asBoolean() ? alpha * Math.sqrt(rank) : alpha;
        if (!Double.isFinite(scaled)) {
            throw problem("has the %s %s for %s, which is too large".formatted(key, alpha, module));
        }
        return scaled;
    }

    /** The alpha of a module as LyCORIS has it: that of the tensors first, where 0 means the rank. */
    double lycorisAlpha(ModuleTensors tensors, double rank) {
        if (!tensors.has(LoraPart.ALPHA)) {
            return alpha(tensors.module(), rank);
        }
        double alpha = tensors.number(LoraPart.ALPHA);
        return alpha == 0 ? rank : alpha;
    }

    /** Alpha divided by a rank that only a configuration has; 1 if there is none. */
    double alphaByRank(LoraModule module) {
        if (method(module.model()).isEmpty()) {
            return 1;
        }
        double rank = number(module, ranks, "r", USUAL_RANK);
        if (rank < 1) {
            throw problem("has the r %s for %s, must be 1 or more".formatted(rank, module));
        }
        return alpha(module, USUAL_RANK) / rank;
    }

    private double number(LoraModule module, Map<ModelPart, AdapterPatterns> patterns, String key, double missing) {
        AdapterPatterns known = patterns.get(module.model());
        JsonNode general = root.path(module.model() + "." + key);
        return Optional.ofNullable(known)
                .flatMap(some -> some.find(module.path()))
                .orElseGet(() -> general.isMissingNode() ? missing : number(general, key));
    }

    /**
     * Whether PEFT's (IA)3 scales what goes into a convolution.
     *
     * @throws ImportException if the configuration says it in a way that is not supported
     */
    boolean isFeedforward(LoraModule module) {
        JsonNode names = root.path(module.model() + ".feedforward_modules");
        if (names.isTextual()) {
            throw problem(
                    "has the feedforward_modules %s: only a list is supported".formatted(Shown.of(names.asText())));
        }
        return StreamSupport.stream(names.spliterator(), false)
                .anyMatch(name -> module.path().endsWith(name.asText()));
    }

    /** How PEFT's OFT makes rotations. */
    PeftOft oft(ModelPart model) {
        JsonNode terms = root.path(model + ".num_cayley_neumann_terms");
        double count =
                terms.isMissingNode() ? PeftOft.DEFAULT.neumannTerms() : number(terms, "num_cayley_neumann_terms");
        if (count < 1 || count > MOST_TERMS) {
            throw problem("has the num_cayley_neumann_terms %s, must be 1 to %d".formatted(count, MOST_TERMS));
        }
        boolean exact = !root.path(model + ".use_cayley_neumann").asBoolean(true);
        boolean constrained = root.path(model + ".coft").asBoolean();
        JsonNode longest = root.path(model + ".eps");
        double eps = longest.isMissingNode() ? PeftOft.USUAL_LONGEST : number(longest, "eps");
        return new PeftOft(exact ? 0 : (int) count, constrained ? eps : Double.POSITIVE_INFINITY);
    }

    private AdapterPatterns patterns(ModelPart model, String key) {
        return AdapterPatterns.of(
                root.path(model + "." + key),
                value -> number(value, key),
                what -> problem("has the %s %s".formatted(key, what)));
    }

    private double number(JsonNode value, String key) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw problem("has the %s %s, which is not a number".formatted(key, Shown.of(value.toString())));
        }
        return value.doubleValue();
    }

    /** Where it is written. */
    String source() {
        return file.metadata().containsKey(KEY) ? KEY : AdapterConfig.NAME;
    }

    private ImportException problem(String what) {
        return file.metadata().containsKey(KEY)
                ? new ImportException(file.path(), "its metadata " + KEY + " " + what)
                : new ImportException(file.path().resolveSibling(AdapterConfig.NAME), what);
    }
}
