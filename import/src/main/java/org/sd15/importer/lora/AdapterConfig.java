package org.sd15.importer.lora;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.lora.LoraModule.Model;

/**
 * {@code adapter_config.json}, which PEFT writes beside the weights of one model's adapter. Alpha is nowhere else.
 *
 * @see <a href="https://github.com/huggingface/peft/blob/v0.17.1/src/peft/tuners/lora/config.py">PEFT, config.py</a>
 */
final class AdapterConfig {

    static final String NAME = "adapter_config.json";

    /** Starts that change the weights which the adapter is added to. */
    private static final List<String> CHANGING_STARTS = List.of("pissa", "olora", "corda", "loftq");

    private AdapterConfig() {}

    /**
     * What it says, under the keys of {@link AdapterMetadata}; nothing if there is none, which is said.
     *
     * @throws ImportException if it is malformed or of another method
     */
    static ObjectNode beside(Path weights) {
        Path file = weights.resolveSibling(NAME);
        ObjectNode keys = JsonNodeFactory.instance.objectNode();
        if (!Files.isRegularFile(file)) {
            System.getLogger(AdapterConfig.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "{0}: {1}, where PEFT writes alpha, is not beside it; alpha is taken for the rank",
                            weights,
                            NAME);
            return keys;
        }
        ObjectNode root = read(file);
        String method = root.path("peft_type").asText("LORA");
        if (!method.equals("LORA")) {
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
        for (Model model : Model.values()) {
            root.properties().forEach(entry -> keys.set(model + "." + entry.getKey(), entry.getValue()));
        }
        return keys;
    }

    private static ObjectNode read(Path file) {
        try {
            return StrictJson.readObject(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
