package org.sd15.server.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.lora.LoraFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.lora.Loras;
import org.sd15.pipeline.model.ModelHash;
import org.sd15.server.job.Common.LoraChoice;

/** The models and LoRAs that there are, and the one model that is loaded. Only the worker loads. */
public final class ModelShelf implements AutoCloseable {

    /** Loads models. */
    @FunctionalInterface
    public interface Loader {

        /** Loads the model of a path. */
        StableDiffusion load(Path path) throws IOException;
    }

    private final Loader loader;
    private final String version;
    private final Map<String, Path> models = new TreeMap<>();
    private final Map<String, Path> loras = new TreeMap<>();
    private volatile String selected;
    private volatile @Nullable LoadedModel loaded;
    private List<LoraChoice> added = List.of();

    /**
     * A shelf.
     *
     * @param name of the model to begin with
     * @param path of it
     * @param version of the program
     */
    public ModelShelf(Loader loader, String name, Path path, String version) {
        this.loader = loader;
        this.version = version;
        this.selected = name;
        models.put(name, path);
    }

    /** Adds the diffusers folders and checkpoints of a folder. */
    public void addModels(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(path -> Files.isRegularFile(path.resolve("model_index.json"))
                            || Files.isRegularFile(path) && path.toString().matches(".*\\.(safetensors|ckpt)"))
                    .forEach(path -> models.putIfAbsent(path.getFileName().toString(), path));
        }
    }

    /** Adds the LoRAs of a folder and those below it. */
    public void addLoras(Path folder) throws IOException {
        try (Stream<Path> entries = Files.walk(folder, 4)) {
            entries.filter(path -> Files.isRegularFile(path) && path.toString().matches(".*\\.(safetensors|pt|bin)"))
                    .forEach(path ->
                            loras.putIfAbsent(path.getFileName().toString().replaceAll("\\.[a-z]+$", ""), path));
        }
    }

    /** The names of the models. */
    public List<String> models() {
        return List.copyOf(models.keySet());
    }

    /** The names of the LoRAs. */
    public List<String> loras() {
        return List.copyOf(loras.keySet());
    }

    /** The model of jobs that name none. */
    public String selected() {
        return selected;
    }

    /** Chooses the model of jobs that name none. */
    public void select(String name) {
        require(name);
        selected = name;
    }

    String require(String name) {
        if (!models.containsKey(name)) {
            throw new FieldProblem("model", "there is no model \"%s\"; there are %s".formatted(name, models.keySet()));
        }
        return name;
    }

    void requireLoras(List<LoraChoice> choices) {
        for (LoraChoice choice : choices) {
            if (!loras.containsKey(choice.name())) {
                throw new FieldProblem(
                        "loras", "there is no LoRA \"%s\"; there are %s".formatted(choice.name(), loras.keySet()));
            }
        }
    }

    /** The model that is loaded; empty before the first. */
    public Optional<LoadedModel> loaded() {
        return Optional.ofNullable(loaded);
    }

    /** Loads a model, if it isn't, with these LoRAs and no others of the folder. */
    LoadedModel use(String name, List<LoraChoice> choices) throws IOException {
        LoadedModel current = loaded;
        if (current == null || !current.name().equals(name)) {
            close();
            Path path = models.get(require(name));
            if (path == null) {
                throw new FieldProblem("model", "there is no model \"%s\"".formatted(name));
            }
            StableDiffusion model = loader.load(path);
            String hash = ModelHash.of(path).orElse("");
            current = new LoadedModel(name, model, hash, LatentPreview.fit(model), new Inversions(), version);
            loaded = current;
        }
        if (!choices.equals(added)) {
            change(current, choices);
        }
        return current;
    }

    private void change(LoadedModel current, List<LoraChoice> choices) throws IOException {
        Loras merged = current.model().loras();
        for (LoraChoice old : added) {
            merged.remove("studio " + old.name());
        }
        current.inversions().clear();
        List<LoraChoice> now = new ArrayList<>();
        added = now;
        for (LoraChoice choice : choices) {
            Path file = loras.get(choice.name());
            if (file == null) {
                throw new FieldProblem("loras", "there is no LoRA \"%s\"".formatted(choice.name()));
            }
            merged.add("studio " + choice.name(), LoraFile.read(file, merged.targets()), choice.scale());
            now.add(choice);
        }
    }

    /** Closes the model that is loaded. */
    @Override
    public void close() {
        LoadedModel current = loaded;
        loaded = null;
        added = List.of();
        if (current != null) {
            current.model().close();
        }
    }
}
