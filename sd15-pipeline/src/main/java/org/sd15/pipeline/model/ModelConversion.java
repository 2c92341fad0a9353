package org.sd15.pipeline.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraTargets;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.lora.ScaledLora;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.text.ClipVocabulary;

/**
 * From a diffusers folder to a single-file checkpoint of Stable Diffusion 1.x, the other way round, or to the same kind
 * in another number format; with LoRAs merged, if wanted.
 *
 * <pre>{@code
 * ModelConversion.of(Path.of("model")).dtype(DType.F16).lora(Path.of("style.safetensors"), 0.7)
 *         .write(Path.of("model-style.safetensors"));
 * }</pre>
 *
 * <p>Every file of weights gets a remark, {@code sd15_conversion}, that names the files it was made from; remarks of the
 * original stay. What a single file has no place for, such as the number of heads, goes into its remarks as well.
 */
public final class ModelConversion {

    private static final String SINGLE_FILE = ".safetensors";
    private static final String TOKENIZER = "tokenizer";

    private final ModelSource source;
    private final Map<Path, Double> loras = new LinkedHashMap<>();
    private @Nullable DType dtype;

    private ModelConversion(ModelSource source) {
        this.source = source;
    }

    /** A conversion of a diffusers folder or of a single-file checkpoint. */
    public static ModelConversion of(Path model) {
        return of(ModelSource.of(model));
    }

    /** A conversion of a model with what is chosen of it. */
    public static ModelConversion of(ModelSource model) {
        return new ModelConversion(model);
    }

    /**
     * Puts all weights into one number format, rounding to nearest; otherwise each keeps its own.
     *
     * @throws IllegalArgumentException if it is none of F32, F16 and BF16
     */
    public ModelConversion dtype(DType format) {
        if (format != DType.F32 && format != DType.F16 && format != DType.BF16) {
            throw new IllegalArgumentException("a model is stored in F32, F16 or BF16, not in " + format);
        }
        dtype = format;
        return this;
    }

    /** Merges a LoRA, in float32, before anything is rounded. */
    public ModelConversion lora(Path file, double scale) {
        if (loras.put(file, scale) != null) {
            throw new IllegalArgumentException(file + ": is to be merged twice; add up the scales");
        }
        return this;
    }

    /**
     * Writes the model: a single file if the name ends with {@code .safetensors}, else a folder. It appears under its
     * name when it is complete. The tokenizer of a single file is in a folder {@code tokenizer} beside it.
     *
     * @param target a file, which may exist, or a folder, which must not, or be empty
     * @return what was written, and what could not be: one line each
     * @throws org.sd15.importer.io.ImportException if the model or a LoRA can't be read or does not fit
     * @throws IOException if something can't be written; what was there before is unchanged
     */
    public List<String> write(Path target) throws IOException {
        boolean single =
                String.valueOf(target.getFileName()).toLowerCase(Locale.ROOT).endsWith(SINGLE_FILE);
        requireFree(target, single);
        requireOther(target);
        Path place = AtomicFile.follow(target);
        List<String> remarks = new ArrayList<>(List.of(target.toString()));
        try (ModelParts parts = ModelParts.open(source);
                Staging staging = Staging.beside(place)) {
            make(new ConvertedModel(parts, dtype, read(parts), record()), staging, target, single);
            Path tokenizer = parts.tokenizerFolder();
            if (single) {
                copyTokenizer(tokenizer, place.resolveSibling(TOKENIZER), target.resolveSibling(TOKENIZER), remarks);
            } else { // with the rest: a folder without a tokenizer would be half a model
                copyTokenizer(tokenizer, staging.path().resolve(TOKENIZER), target.resolve(TOKENIZER), remarks);
            }
            staging.moveTo(place);
        }
        return remarks;
    }

    private void make(ConvertedModel model, Staging staging, Path target, boolean single) throws IOException {
        staging.requireRoom(model.bytes(), target);
        if (single) {
            model.writeSingleFile(staging.path());
        } else {
            model.writeFolder(staging.path());
        }
        if (dtype == DType.F16) {
            staging.requireFinite(target);
        }
    }

    /** Before the model is opened: nothing is in the way, and something can be written there. */
    private static void requireFree(Path target, boolean single) throws IOException {
        if (single && Files.isDirectory(target)) {
            throw new IllegalArgumentException(target + ": is a folder; a single-file checkpoint can't take its place");
        }
        if (AtomicFile.isStream(target)) {
            throw new IllegalArgumentException(target + ": is a device or a pipe; a model is made aside and moved");
        }
        if (!single && Files.exists(target) && !Staging.isEmptyFolder(target)) {
            throw new IllegalArgumentException(
                    target + ": is there already; give a new folder, or a file that ends with " + SINGLE_FILE);
        }
        if (single) {
            AtomicFile.requireWritable(target);
        } else {
            AtomicFile.requireWritableFolder(target);
        }
    }

    /** What was rounded, or merged, can't be undone. */
    private void requireOther(Path target) throws IOException {
        List<Path> inputs = new ArrayList<>(loras.keySet());
        Stream.of(source.path(), source.vae(), source.textEncoder())
                .filter(Objects::nonNull)
                .forEach(inputs::add);
        for (Path input : inputs) {
            boolean both = Files.isRegularFile(target) && Files.exists(input);
            if (both && target.toRealPath().startsWith(input.toRealPath())) {
                throw new IllegalArgumentException(target + ": is what the new model is made of; give it another name");
            }
        }
    }

    private List<ScaledLora> read(ModelParts parts) throws IOException {
        List<ScaledLora> read = new ArrayList<>();
        if (!loras.isEmpty()) {
            LoraTargets targets = LoraTargets.of(parts.unet(), ClipTextEncoder.parameters(parts.text()));
            for (Map.Entry<Path, Double> lora : loras.entrySet()) {
                read.add(new ScaledLora(LoraFile.read(lora.getKey(), targets), lora.getValue()));
            }
        }
        return read;
    }

    /** What goes into the files as {@code sd15_conversion}. */
    private ObjectNode record() throws IOException {
        ObjectNode record = JsonNodeFactory.instance.objectNode();
        record.put("from", name(source.path()));
        record.put("dtype", dtype == null ? "as it was" : dtype.name());
        ArrayNode merged = record.putArray("loras");
        for (Map.Entry<Path, Double> lora : loras.entrySet()) {
            merged.addObject()
                    .put("file", name(lora.getKey()))
                    .put("sha256", Staging.sha256(LoraFile.in(lora.getKey())))
                    .put("scale", lora.getValue());
        }
        return record;
    }

    private static String name(Path path) {
        return String.valueOf(path.toAbsolutePath().normalize().getFileName());
    }

    /**
     * Copies a tokenizer, unless there is one.
     *
     * @param shown what the user calls the place
     */
    private static void copyTokenizer(Path from, Path to, Path shown, List<String> remarks) throws IOException {
        if (!Files.isDirectory(from)) {
            remarks.add("no tokenizer: %s does not exist; put CLIP's vocab.json and merges.txt into %s"
                    .formatted(from, shown));
        } else if (!Files.exists(to)) {
            try (Staging staging = Staging.beside(to)) {
                staging.copyFiles(ClipVocabulary.files(from));
                staging.moveTo(to);
            }
            remarks.add(shown.toString());
        }
    }
}
