package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.graph.Execution;
import org.sd15.importer.ModelPart;
import org.sd15.importer.lora.LoraFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.model.ModelHash;
import org.sd15.shapes.EmbeddedModel;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model, and how it runs. */
final class ModelOptions implements Checked {

    @Option(
            names = "--model",
            paramLabel = "PATH",
            description = "Diffusers folder or single-file checkpoint (default: the embedded model).")
    private @Nullable Path model;

    @Mixin
    private ExecutionOptions execution = new ExecutionOptions();

    @Option(
            names = "--lora",
            paramLabel = "FILE[:scale]",
            description = "A LoRA to merge (LoHa, LoKr, DoRA, (IA)3, OFT too), or the folder of one, with its scale"
                    + " (default: 1); repeatable.")
    private List<String> loras = List.of();

    @Option(names = "--embedding", paramLabel = "FILE", description = "A learnt word (textual inversion); repeatable.")
    private List<Path> embeddings = List.of();

    @Option(
            names = "--copy-weights",
            description =
                    "Read the weights into memory instead of mapping the files: slower to load, but a file that is"
                            + " cut short or overwritten meanwhile does no harm.")
    private boolean copyWeights;

    @Mixin
    private SourceOptions source = new SourceOptions();

    private boolean fromConfiguration;

    private @Nullable String hash;

    @Override
    public void check() {
        LoraOption.requireReadable(loras);
    }

    /** Adds LoRAs, written as those of {@code --lora}. */
    void add(List<String> more) {
        List<String> all = new ArrayList<>(loras);
        all.addAll(more);
        LoraOption.requireReadable(more);
        loras = all;
    }

    /** The scale of the LoRA of a name, which is that of its file without the ending; empty if it is not given. */
    OptionalDouble scaleOfLora(String name) {
        return LoraOption.scale(loras, name);
    }

    /** Whether the embedded model serves. */
    boolean isEmbedded() {
        return model == null;
    }

    /** What the model is called in reports. */
    String name() {
        if (model == null) {
            return "embedded";
        }
        return (fromConfiguration ? "the configuration " : "")
                + model.toAbsolutePath().normalize().getFileName();
    }

    /** What tells models apart, under the keys of the web UI, and what was merged into this one. */
    Map<String, String> parameters() throws IOException {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (hash == null) { // of gigabytes, for many pictures
            hash = ModelHash.of(model == null ? EmbeddedModel.folder() : model).orElse("");
        }
        if (!hash.isEmpty()) {
            parameters.put("Model hash", hash);
        }
        parameters.put("Model", name().replaceAll("\\.(safetensors|ckpt)$", ""));
        if (!loras.isEmpty()) {
            parameters.put(
                    "LoRAs",
                    loras.stream()
                            .map(LoraOption::parse)
                            .map(lora -> lora.file().getFileName() + " " + lora.scale())
                            .collect(Collectors.joining("; ")));
        }
        if (!embeddings.isEmpty()) {
            parameters.put(
                    "Embeddings",
                    embeddings.stream()
                            .map(file -> String.valueOf(file.getFileName()))
                            .collect(Collectors.joining("; ")));
        }
        return parameters;
    }

    /** What is read for the model. */
    InputFiles inputs() {
        InputFiles inputs = source.addTo(new InputFiles().model("--model", model));
        loras.forEach(
                lora -> inputs.file("--lora", LoraFile.in(LoraOption.parse(lora).file())));
        embeddings.forEach(embedding -> inputs.file("--embedding", embedding));
        return inputs;
    }

    /** Opens the model's files and applies the other options. */
    ModelFiles open() throws IOException {
        return open(execution());
    }

    /** Where the model is. */
    Path path() throws IOException {
        return model == null ? EmbeddedModel.folder() : model;
    }

    /** Another model, with the same choices. */
    StableDiffusion load(Path other) throws IOException {
        if (!other.equals(path())) {
            model = other;
        }
        return load();
    }

    /** The whole model; closing it closes its files. */
    StableDiffusion load() throws IOException {
        ModelFiles files = open();
        try {
            return StableDiffusion.of(files);
        } catch (IOException | RuntimeException problem) {
            files.close();
            throw problem;
        }
    }

    /** Opens the model's files for an execution and applies the other options. */
    ModelFiles open(Execution chosen) throws IOException {
        inputs().requireThere();
        execution.useThreads();
        ModelFiles files = ModelFiles.open(source.of(model == null ? EmbeddedModel.folder() : model), chosen);
        try {
            if (copyWeights) {
                files.copyingWeights();
            }
            for (String lora : loras) {
                LoraOption option = LoraOption.parse(lora);
                files.lora(option.file(), option.scale());
            }
            for (Path embedding : embeddings) {
                files.embedding(embedding);
            }
            return files;
        } catch (IOException | RuntimeException problem) {
            files.close();
            throw problem;
        }
    }

    /**
     * Opens the model's files, or a configuration in their place: its parts that have no weights are drawn.
     *
     * @param configuration a diffusers folder, or null for the model
     */
    ModelFiles open(@Nullable Path configuration, long seed) throws IOException {
        if (configuration == null) {
            return open();
        }
        if (model != null) {
            throw new IllegalArgumentException("--model has weights and --init-config asks for none: give one of them");
        }
        model = configuration;
        fromConfiguration = true;
        ModelFiles files = open().drawingMissingParts(seed);
        for (ModelPart part : ModelPart.values()) {
            Console.note(
                    "%s: %s",
                    part, files.hasWeights(part) ? "weights of " + configuration : "drawn anew with seed " + seed);
        }
        return files;
    }

    /** Whether the model that was opened is computed by the fused formulation. */
    boolean isFused() {
        return execution.isFused();
    }

    /** How models are computed. */
    Execution execution() {
        return execution.execution();
    }
}
