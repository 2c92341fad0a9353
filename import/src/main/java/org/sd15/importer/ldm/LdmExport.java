package org.sd15.importer.ldm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.ModelPart;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.names.LdmNames;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.unet.UNetConfig;

/**
 * Writes models as one file, the way round that {@link LdmCheckpoint} does not go. The autoencoder's attention becomes
 * 1x1 convolutions again.
 */
public final class LdmExport {

    private final SafetensorsWriter writer = SafetensorsWriter.create().metadata("format", "pt");
    private final @Nullable DType dtype;
    private final Map<ModelPart, Map<String, INDArray>> replacements = new EnumMap<>(ModelPart.class);

    private LdmExport(@Nullable DType dtype) {
        this.dtype = dtype;
    }

    /** An export in which every tensor keeps its number format. */
    public static LdmExport create() {
        return new LdmExport(null);
    }

    /** An export with all weights in one number format; whole numbers stay what they are. */
    public static LdmExport in(DType dtype) {
        return new LdmExport(dtype);
    }

    /** Adds a remark. */
    public LdmExport metadata(String key, String value) {
        writer.metadata(key, value);
        return this;
    }

    /**
     * Adds a configuration as a remark, for what tensors don't show: heads, groups, the scaling of latents. Other
     * readers pass it over and take Stable Diffusion 1.5's.
     *
     * @param component the name of its folder in diffusers, such as {@code unet} or {@code scheduler}
     */
    public LdmExport config(String component, ObjectNode config) {
        return metadata(configKey(component), config.toString());
    }

    static String configKey(String component) {
        return "sd15_config_" + component;
    }

    /**
     * Puts arrays in the place of tensors of a model that is added after this. They are read while writing and not
     * copied.
     *
     * @param arrays by diffusers' names
     */
    public LdmExport replace(ModelPart component, Map<String, INDArray> arrays) {
        replacements.put(component, Map.copyOf(arrays));
        return this;
    }

    /**
     * Adds a UNet. The file must stay open until the export is written.
     *
     * @param tensors under diffusers' names
     * @throws ImportException if there is a tensor that no UNet of this configuration has
     */
    public LdmExport unet(TensorFile tensors, UNetConfig config) {
        return add(ModelPart.UNET, tensors, LdmNames.unet(config)::toLdm);
    }

    /**
     * Adds an autoencoder. The file must stay open until the export is written.
     *
     * @param tensors under diffusers' names
     * @throws ImportException if there is a tensor that no autoencoder with these levels has
     */
    public LdmExport vae(TensorFile tensors, VaeFacts facts) {
        return add(
                ModelPart.VAE, tensors, LdmNames.vae(facts.blockOutChannels().size(), facts.layersPerBlock())::toLdm);
    }

    /**
     * Adds a text encoder. The file must stay open until the export is written.
     *
     * @param tensors under transformers' names
     */
    public LdmExport textEncoder(TensorFile tensors) {
        return add(ModelPart.TEXT_ENCODER, tensors, name -> Optional.of(LegacyNames.withTextModel(name)));
    }

    private LdmExport add(ModelPart component, TensorFile file, Function<String, Optional<String>> translation) {
        file.tensors().forEach((name, info) -> {
            String translated = translation
                    .apply(name)
                    .orElseThrow(() -> new ImportException(
                            file.path(), "%s has no place in a single-file checkpoint".formatted(name)));
            DType stored = dtype == null || !info.dtype().isFloating() ? info.dtype() : dtype;
            boolean pointwise = component == ModelPart.VAE && info.shape().length == 2;
            long[] shape = pointwise ? new long[] {info.shape()[0], info.shape()[1], 1, 1} : info.shape();
            TensorInfo as = new TensorInfo(component.prefix() + translated, stored, shape);
            INDArray array = replacements.getOrDefault(component, Map.of()).get(name);
            writer.add(array == null ? TensorSource.copy(file, name, as) : TensorSource.of(as, array));
        });
        return this;
    }

    /**
     * Writes the file.
     *
     * @throws IOException if it can't be written; the target is as it was
     */
    public void write(Path target) throws IOException {
        writer.write(target);
    }
}
