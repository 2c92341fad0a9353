package org.sd15.importer.lora;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sd15.importer.ModelPart;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.io.StrictJson;

/**
 * {@code adapter_config.json}, which PEFT writes beside the weights of one model's adapter. Alpha is nowhere else.
 *
 * @see <a href="https://github.com/huggingface/peft/blob/v0.21.2/src/peft/tuners/lora/config.py">PEFT, config.py</a>
 */
final class AdapterConfig {

    static final String NAME = "adapter_config.json";

    /** The key of PEFT's method. */
    static final String TYPE = "peft_type";

    static final String LORA = "LORA";

    private static final List<String> METHODS = List.of(LORA, "LOHA", "LOKR", "IA3", "OFT");

    /** Starts that change the weights which the adapter is added to. */
    private static final List<String> CHANGING_STARTS = List.of("pissa", "olora", "corda", "loftq");

    private AdapterConfig() {}

    /**
     * What it says, under the keys of {@link AdapterMetadata}; empty if there is no such file, which is logged.
     *
     * @throws ImportException if it is malformed or of another method
     */
    static ObjectNode beside(Path weights) {
        Path file = weights.resolveSibling(NAME);
        ObjectNode keys = JsonNodeFactory.instance.objectNode();
        if (!Files.isRegularFile(file)) {
            warn("{0}: {1}, where PEFT writes alpha, is not beside it; alpha is taken for the rank", weights, NAME);
            return keys;
        }
        ObjectNode root = read(file);
        String method = root.path(TYPE).asText(LORA);
        if (!METHODS.contains(method)) {
            throw new ImportException(file, "peft_type is %s, which is not supported".formatted(Shown.of(method)));
        }
        String start = root.path("init_lora_weights").asText("");
        if (CHANGING_STARTS.stream().anyMatch(start::startsWith)) {
            throw new ImportException(
                    file,
                    "init_lora_weights is %s, which changes the model's weights; convert the adapter to a plain LoRA"
                            .formatted(Shown.of(start)));
        }
        if (root.hasNonNull("layer_replication")) {
            throw new ImportException(file, "has a layer_replication, which is not supported");
        }
        warnOfAnOlderSeries(file, root);
        for (ModelPart model : LoraModule.MODELS) {
            root.properties().forEach(entry -> keys.set(model + "." + entry.getKey(), entry.getValue()));
        }
        return keys;
    }

    /** Since 0.18 PEFT writes its version, and cuts the series for OFT elsewhere. */
    private static void warnOfAnOlderSeries(Path file, ObjectNode root) {
        if (root.path("use_cayley_neumann").asBoolean() && !root.has("peft_version")) {
            warn("{0}: is of a PEFT before 0.18, which made other rotations; they are made as later versions do", file);
        }
    }

    private static void warn(String text, Object... values) {
        System.getLogger(AdapterConfig.class.getName()).log(System.Logger.Level.WARNING, text, values);
    }

    private static ObjectNode read(Path file) {
        try {
            return StrictJson.readObject(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
