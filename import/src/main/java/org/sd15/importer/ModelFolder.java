package org.sd15.importer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.io.SiblingFile;
import org.sd15.importer.io.StrictJson;
import org.sd15.unet.UNetConfig;

/** A model as diffusers saves it: a folder with {@code model_index.json} and one folder per component. */
public final class ModelFolder {

    /** The file that makes a folder a model. */
    public static final String INDEX = "model_index.json";

    private final Path path;
    private final String pipelineClass;
    private final Map<String, String> components;
    private final @Nullable String variant;

    private ModelFolder(Path path, String pipelineClass, Map<String, String> components, @Nullable String variant) {
        this.path = path;
        this.pipelineClass = pipelineClass;
        this.components = Collections.unmodifiableMap(components);
        this.variant = variant;
    }

    /**
     * Opens a model. If a process has died while it replaced the model's files, they are replaced first.
     *
     * @throws ImportException if the folder has no readable {@code model_index.json}
     */
    public static ModelFolder open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new ImportException(path, "no such folder");
        }
        FolderUpdate.complete(path);
        Path file = path.resolve(INDEX);
        if (!Files.isRegularFile(file)) {
            throw new ImportException(
                    path, "is no diffusers model: it has no %s; %s".formatted(INDEX, WeightFile.listing(path)));
        }
        ObjectNode index = StrictJson.readObject(file);
        Map<String, String> components = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : index.properties()) {
            JsonNode libraryAndClass = entry.getValue();
            if (!entry.getKey().startsWith("_")
                    && libraryAndClass.isArray()
                    && libraryAndClass.path(1).isTextual()) {
                components.put(
                        simpleName(file, entry.getKey()), libraryAndClass.get(1).textValue());
            }
        }
        return new ModelFolder(path, index.path("_class_name").asText(), components, null);
    }

    /**
     * The same model with the weights of a variant where a component has them, as diffusers' pipelines read it.
     *
     * @param name such as {@code fp16} or {@code non_ema}; null for the weights of no variant
     * @throws ImportException if no component has weights of it; the message has the variants that there are
     */
    public ModelFolder variant(@Nullable String name) throws IOException {
        if (name == null) {
            return new ModelFolder(path, pipelineClass, components, null);
        }
        Set<String> all = new TreeSet<>();
        for (String component : components.keySet()) {
            if (Files.isDirectory(path.resolve(component))) {
                all.addAll(WeightFile.variants(path.resolve(component)));
            }
        }
        if (!all.contains(name)) {
            throw new ImportException(
                    path,
                    "has no weights of variant %s; %s"
                            .formatted(
                                    Shown.of(name),
                                    all.isEmpty() ? "it has no variants" : "it has " + String.join(", ", all)));
        }
        return new ModelFolder(path, pipelineClass, components, name);
    }

    /** The variant whose weights are read where there are any; null for none. */
    public @Nullable String variant() {
        return variant;
    }

    private static String simpleName(Path file, String component) {
        if (!SiblingFile.isPlainName(component) || !component.matches("\\w+")) {
            throw new ImportException(
                    file, "has the component \"%s\", which is not the name of a folder".formatted(Shown.of(component)));
        }
        return component;
    }

    /** The folder. */
    public Path path() {
        return path;
    }

    /** The pipeline it was saved from, for instance {@code StableDiffusionPipeline}; empty if it doesn't say. */
    public String pipelineClass() {
        return pipelineClass;
    }

    /** The class of each component that the model has, in the order of the index. */
    public Map<String, String> components() {
        return components;
    }

    /**
     * A component, for instance {@code unet}.
     *
     * @throws ImportException if the model does not have it; the message lists what is there
     */
    public ComponentFolder component(String name) throws IOException {
        if (!components.containsKey(name)) {
            throw new ImportException(
                    path.resolve(INDEX),
                    "has no component %s, only %s".formatted(name, String.join(", ", components.keySet())));
        }
        return new ComponentFolder(ComponentFolder.open(path.resolve(name)).path(), variant);
    }

    /**
     * The configuration of the UNet.
     *
     * @throws ImportException if it describes a model that is not implemented; the message has every key at fault
     */
    public UNetConfig unetConfig() throws IOException {
        return UNetConfigs.read(component("unet").configFile());
    }
}
