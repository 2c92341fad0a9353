package org.sd15.importer.ldm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sd15.importer.ModelPart;
import org.sd15.importer.names.RenamedTensors;
import org.sd15.importer.tensor.TensorFile;

/**
 * A file with one model of a single-file checkpoint under the names that it has there, but without their prefix, as
 * autoencoders are published by themselves: {@code encoder.down.0.block.0.conv1.weight}. What else is in it, such as the
 * discriminator of a training, is left alone.
 */
public final class BareComponent {

    private static final String TOKENS = "embeddings.token_embedding.weight";

    private static final List<String> VAE = List.of("encoder.", "decoder.", "quant_conv.", "post_quant_conv.");
    private static final List<String> TEXT = List.of("text_model.", "embeddings.", "encoder.", "final_layer_norm.");

    private BareComponent() {}

    /**
     * The file as a checkpoint that has this model only; closing it closes the file.
     *
     * @return nothing if the names are not such
     */
    public static Optional<LdmCheckpoint> open(TensorFile file, ModelPart component) {
        boolean bare = switch (component) {
            case UNET -> false;
            case VAE -> file.tensors().keySet().stream().anyMatch(BareComponent::isVae);
            case TEXT_ENCODER ->
                file.tensors().containsKey(TOKENS) || file.tensors().containsKey("text_model." + TOKENS);
        };
        if (!bare) {
            return Optional.empty();
        }
        Map<String, String> originals = new LinkedHashMap<>();
        for (String name : file.tensors().keySet()) {
            if ((component == ModelPart.VAE ? VAE : TEXT).stream().anyMatch(name::startsWith)) {
                originals.put(component.prefix() + name, name);
            }
        }
        return Optional.of(LdmCheckpoint.of(new RenamedTensors(file, originals, file::close)));
    }

    private static boolean isVae(String name) {
        return name.startsWith("encoder.down.") || name.startsWith("decoder.up.");
    }
}
