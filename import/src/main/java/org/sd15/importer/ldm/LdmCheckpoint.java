package org.sd15.importer.ldm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.sd15.importer.ModelPart;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.names.LdmNames;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.names.RenamedTensors;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.unet.UNetConfig;

/**
 * A single-file checkpoint of Stable Diffusion 1.x, {@code .safetensors} or {@code .ckpt}: its three models under
 * diffusers' names, and what their shapes say about them.
 *
 * <p>Moving averages ({@code model_ema}), the noise schedule and whatever else is beside the models is ignored and
 * listed by {@link #ignored}. Shapes stay as in the file: the autoencoder's attention has 1x1 convolutions where
 * diffusers has linear layers, the same numbers in the same order.
 */
public final class LdmCheckpoint implements AutoCloseable {

    private static final Map<String, String> OTHERS = Map.of(
            "cond_stage_model.model.", "Stable Diffusion 2.x",
            "conditioner.embedders.", "Stable Diffusion XL",
            "model.diffusion_model.joint_blocks.", "Stable Diffusion 3");

    private final TensorFile file;

    private LdmCheckpoint(TensorFile file) {
        this.file = file;
    }

    /** Whether the names are those of a single-file checkpoint. */
    public static boolean recognises(TensorFile file) {
        return Arrays.stream(ModelPart.values()).anyMatch(component -> hasAny(file, component.prefix()));
    }

    /**
     * Takes over a file; closing the checkpoint closes it.
     *
     * @throws ImportException if it is no single-file checkpoint, or one of another family
     */
    public static LdmCheckpoint of(TensorFile file) {
        OTHERS.forEach((prefix, family) -> {
            if (hasAny(file, prefix)) {
                throw new ImportException(
                        file.path(),
                        "is a checkpoint of %s (it has %s...), only 1.x is supported".formatted(family, prefix));
            }
        });
        if (!recognises(file)) {
            throw new ImportException(
                    file.path(),
                    "is no single-file checkpoint of Stable Diffusion: no tensor begins with %s, %s or %s"
                            .formatted(
                                    ModelPart.UNET.prefix(), ModelPart.VAE.prefix(), ModelPart.TEXT_ENCODER.prefix()));
        }
        return new LdmCheckpoint(file);
    }

    private static boolean hasAny(TensorFile file, String prefix) {
        return file.tensors().keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    /** The file. */
    public Path path() {
        return file.path();
    }

    /**
     * A configuration that {@link LdmExport} has put into the file's metadata: what tensors don't show.
     *
     * @param component the name of its folder in diffusers, such as {@code unet} or {@code scheduler}
     * @throws ImportException if it is there and no JSON object
     */
    public Optional<ObjectNode> config(String component) {
        String key = LdmExport.configKey(component);
        return Optional.ofNullable(file.metadata().get(key)).map(text -> StrictJson.readObject(file.path(), text, key));
    }

    /** The file's remarks. */
    public Map<String, String> metadata() {
        return file.metadata();
    }

    /** The UNet's configuration, with the eight heads and 32 groups of Stable Diffusion 1.x. */
    public UNetConfig unetConfig() {
        UNetConfig usual = UNetConfig.sd15();
        return unetConfig(usual.heads().get(0), usual.normNumGroups());
    }

    /**
     * The UNet's configuration.
     *
     * @param heads attention heads, which the file doesn't show
     * @param normNumGroups groups of the group norms, which the file doesn't show
     * @throws ImportException if the UNet is missing or of another architecture
     */
    public UNetConfig unetConfig(int heads, int normNumGroups) {
        return new UNetShapes(LdmTensors.of(file, ModelPart.UNET.prefix()))
                .config(heads, normNumGroups, UNetConfig.sd15().normEps());
    }

    /**
     * What the autoencoder's tensors say about it.
     *
     * @throws ImportException if it is missing
     */
    public VaeFacts vaeFacts() {
        LdmTensors vae = LdmTensors.of(file, ModelPart.VAE.prefix());
        int levels = vae.count(level -> "encoder.down." + level + ".block.0.conv1.weight");
        List<Integer> widths = IntStream.range(0, levels)
                .mapToObj(level -> vae.dimension("encoder.down." + level + ".block.0.conv1.weight", 0))
                .toList();
        return new VaeFacts(
                vae.dimension("encoder.conv_in.weight", 1),
                vae.dimension("decoder.conv_out.weight", 0),
                vae.dimension("decoder.conv_in.weight", 1),
                widths,
                vae.count(layer -> "encoder.down.0.block." + layer + ".conv1.weight"));
    }

    /**
     * What the text encoder's tensors say about it.
     *
     * @throws ImportException if it is missing
     */
    public TextEncoderFacts textEncoderFacts() {
        String prefix = ModelPart.TEXT_ENCODER.prefix();
        boolean bare = file.tensors().containsKey(prefix + "embeddings.token_embedding.weight");
        LdmTensors text = LdmTensors.of(file, prefix + (bare ? "" : "text_model."));
        return new TextEncoderFacts(
                text.dimension("embeddings.token_embedding.weight", 0),
                text.dimension("embeddings.token_embedding.weight", 1),
                text.dimension("encoder.layers.0.mlp.fc1.weight", 0),
                text.count(layer -> "encoder.layers." + layer + ".mlp.fc1.weight"),
                text.dimension("embeddings.position_embedding.weight", 0));
    }

    /** Which models the file has. */
    public List<ModelPart> components() {
        return Arrays.stream(ModelPart.values())
                .filter(component -> hasAny(file, component.prefix()))
                .toList();
    }

    /**
     * A model's tensors under diffusers' names. Closing them leaves the checkpoint open.
     *
     * @throws ImportException if the model is missing or of another architecture
     */
    public TensorFile tensors(ModelPart component) {
        return part(component.prefix(), translation(component));
    }

    private Function<String, Optional<String>> translation(ModelPart component) {
        return switch (component) {
            // Heads and groups don't matter for names, and one divides any width.
            case UNET -> LdmNames.unet(unetConfig(1, 1))::toDiffusers;
            case VAE -> {
                VaeFacts facts = vaeFacts();
                yield LdmNames.vae(facts.blockOutChannels().size(), facts.layersPerBlock())::toDiffusers;
            }
            case TEXT_ENCODER -> name -> Optional.of(LegacyNames.withTextModel(name));
        };
    }

    /** A tensor of no known module keeps the file's name, so that a report shows it as unexpected. */
    private TensorFile part(String prefix, Function<String, Optional<String>> translation) {
        Map<String, String> originals = new LinkedHashMap<>();
        for (String name : file.tensors().keySet()) {
            if (name.startsWith(prefix)) {
                String translated =
                        translation.apply(name.substring(prefix.length())).orElse(name);
                originals.put(originals.containsKey(translated) ? name : translated, name);
            }
        }
        return new RenamedTensors(file, originals, () -> {});
    }

    /** The tensors that belong to none of the three models, in the file's order. */
    public List<String> ignored() {
        return file.tensors().keySet().stream()
                .filter(name -> Arrays.stream(ModelPart.values()).noneMatch(part -> name.startsWith(part.prefix())))
                .toList();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
