package org.sd15.server.job;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.embedding.EmbeddingFile;
import org.sd15.importer.embedding.TextualInversion;
import org.sd15.importer.lora.LoraFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.lora.Loras;
import org.sd15.pipeline.model.ModelHash;
import org.sd15.server.job.Common.LoraChoice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models, LoRAs and learnt words that there are, and the one model that is loaded. Only the worker loads. */
public final class ModelShelf implements AutoCloseable {

    /** Loads models. */
    @FunctionalInterface
    public interface Loader {

        /** Loads the model of a path. */
        StableDiffusion load(Path path) throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(ModelShelf.class);

    /** Folders below a folder that are looked into. */
    private static final int DEPTH = 4;

    private final Loader loader;
    private final String version;
    private final Map<String, Path> models = new TreeMap<>();
    private final Map<String, Path> loras = new TreeMap<>();
    private final Map<String, Path> embeddings = new TreeMap<>();
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
                    .forEach(path -> models.putIfAbsent(String.valueOf(path.getFileName()), path));
        }
    }

    /** Adds the LoRAs of a folder and those below it. */
    public void addLoras(Path folder) throws IOException {
        addFiles(folder, loras);
    }

    /** Adds the learnt words of a folder and those below it, for models that are loaded from now on. */
    public void addEmbeddings(Path folder) throws IOException {
        addFiles(folder, embeddings);
    }

    private static void addFiles(Path folder, Map<String, Path> found) throws IOException {
        try (Stream<Path> entries = Files.walk(folder, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            entries.filter(path -> Files.isRegularFile(path) && path.toString().matches(".*\\.(safetensors|pt|bin)"))
                    .sorted()
                    .forEach(path ->
                            found.putIfAbsent(String.valueOf(path.getFileName()).replaceAll("\\.[a-z]+$", ""), path));
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
            current = load(name, path);
            loaded = current;
        }
        if (!choices.equals(added)) {
            change(current, choices);
        }
        return current;
    }

    private LoadedModel load(String name, Path path) throws IOException {
        StableDiffusion model = loader.load(path);
        try {
            String hash = ModelHash.of(path).orElse("");
            List<LearntWord> words = embeddings.entrySet().stream()
                    .map(word -> learnt(model, word.getKey(), word.getValue()))
                    .toList();
            return new LoadedModel(name, model, hash, LatentPreview.fit(model), new Inversions(), words, version);
        } catch (IOException | RuntimeException problem) {
            model.close();
            throw problem;
        }
    }

    /** Adds a word to a model; one that it can't take is left out. */
    private static LearntWord learnt(StableDiffusion model, String name, Path file) {
        int width = model.textEncoder().config().hiddenSize();
        try {
            TextualInversion word = EmbeddingFile.read(file);
            model.add(word);
            return new LearntWord(word.token(), word.count(), width, null);
        } catch (IOException | IllegalArgumentException problem) {
            LOG.warn("{} is left out: {}", file, problem.getMessage());
            return new LearntWord(name, 0, width, String.valueOf(problem.getMessage()));
        }
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
