package org.sd15.benchmark;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.benchmark.method.Job;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.InnerPath;
import org.sd15.importer.io.StrictJson;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;

/**
 * Reads a folder in the layout of PIE-Bench: {@code mapping_file.json} and {@code annotation_images/}. Nobody can judge
 * success there without other models, so its cases have none; what was kept is measured as published.
 *
 * @see <a href="https://arxiv.org/abs/2310.01506">Ju et al., Direct Inversion (PIE-Bench)</a>
 */
public final class PieBench {

    private static final String MAPPING = "mapping_file.json";
    private static final String PICTURES = "annotation_images";
    private static final int SIDE = 512;

    /** Bytes of a mapping file at most; that of the published benchmark has some millions. */
    private static final long LARGEST_MAPPING = 64 << 20;

    private static final Pattern BRACKETS = Pattern.compile("\\[([^\\]]*)\\]");
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();
    private static final List<String> KINDS =
            List.of("random", "object", "add", "delete", "content", "pose", "color", "material", "background", "style");

    private PieBench() {}

    /** One entry of the mapping file; what is not needed is left out. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Entry(
            @JsonProperty(value = "image_path", required = true)
            String imagePath,

            @JsonProperty(value = "original_prompt", required = true)
            String originalPrompt,

            @JsonProperty(value = "editing_prompt", required = true)
            String editingPrompt,

            @JsonProperty("editing_instruction") @Nullable String instruction,
            @JsonProperty("editing_type_id") @Nullable String type,
            @JsonProperty("blended_word") @Nullable String blendedWord,
            @JsonProperty(value = "mask", required = true) List<Integer> mask) {

        Entry {
            requireNonNull(imagePath, "image_path is null");
            requireNonNull(originalPrompt, "original_prompt is null");
            requireNonNull(editingPrompt, "editing_prompt is null");
            if (requireNonNull(mask, "mask is null").contains(null)) {
                throw new IllegalArgumentException("mask has a null in it");
            }
        }
    }

    /** An entry whose mask is sound and whose picture is there. */
    record Mapped(String key, Entry entry, Path picture) {}

    /**
     * Reads the cases.
     *
     * @param side of the pictures that the model is for; those of 512 pixels, and their masks, are taken to it
     * @param limit cases at most, in the order of the file
     * @throws ImportException if something is missing or broken; the message names the entry
     */
    public static List<EditTask> read(Path folder, int side, int limit) throws IOException {
        List<EditTask> tasks = new ArrayList<>();
        for (Mapped mapped : mapping(folder, limit)) {
            tasks.add(task(mapped, side));
        }
        return tasks;
    }

    /** The entries of the mapping file, all of them checked before the first picture is read. */
    static List<Mapped> mapping(Path folder, int limit) throws IOException {
        Path mapping = folder.resolve(MAPPING);
        if (!Files.exists(mapping)) {
            throw new ImportException(mapping, "is not there; a folder in PIE-Bench's layout has it, and " + PICTURES);
        }
        List<Mapped> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : entries(mapping).properties()) {
            if (all.size() < limit) {
                Entry entry = entry(mapping, property);
                all.add(new Mapped(
                        property.getKey(), entry, path(folder, mapping, property.getKey(), entry.imagePath)));
            }
        }
        return all;
    }

    private static ObjectNode entries(Path mapping) throws IOException {
        if (Files.size(mapping) > LARGEST_MAPPING) {
            throw new ImportException(
                    mapping, "has %,d bytes, %,d at most can be".formatted(Files.size(mapping), LARGEST_MAPPING));
        }
        return StrictJson.readObject(
                mapping, StrictJson.decode(mapping, ByteBuffer.wrap(Files.readAllBytes(mapping))), "");
    }

    private static Entry entry(Path mapping, Map.Entry<String, JsonNode> entry) {
        try {
            if (entry.getValue().isObject()) {
                Entry read = MAPPER.treeToValue(entry.getValue(), Entry.class);
                RunLengthMask.requireRuns(read.mask, SIDE);
                return read;
            }
        } catch (JsonProcessingException problem) {
            throw new ImportException(
                    mapping,
                    "is no mapping file: entry %s: %s".formatted(entry.getKey(), problem.getOriginalMessage()),
                    problem);
        } catch (IllegalArgumentException problem) {
            throw new ImportException(mapping, "entry %s: %s".formatted(entry.getKey(), problem.getMessage()), problem);
        }
        throw new ImportException(mapping, "is no mapping file: entry %s is no object".formatted(entry.getKey()));
    }

    private static EditTask task(Mapped mapped, int side) throws IOException {
        Entry entry = mapped.entry;
        float[] mask = RunLengthMask.resized(RunLengthMask.decode(entry.mask, SIDE), SIDE, side);
        String[] blended = entry.blendedWord == null
                ? new String[0]
                : entry.blendedWord.strip().split("\\s+");
        boolean words = blended.length == 2;
        Job job = new Job(
                picture(mapped.picture, side),
                plain(entry.originalPrompt),
                plain(entry.editingPrompt),
                words ? blended[0] : null,
                words ? blended[1] : null,
                bracketed(entry.editingPrompt),
                bracketed(entry.originalPrompt),
                entry.instruction == null ? plain(entry.editingPrompt) : entry.instruction);
        return new EditTask(mapped.key, kind(entry.type), job, mask, words ? mask : null, null, null);
    }

    private static String kind(@Nullable String type) {
        boolean known = type != null && type.matches("\\d") && Integer.parseInt(type) < KINDS.size();
        return known ? KINDS.get(Integer.parseInt(type)) : "other";
    }

    private static String plain(String prompt) {
        return prompt.replace("[", "").replace("]", "").strip();
    }

    /** What stands in brackets: the words that an edit is about. */
    private static List<String> bracketed(String prompt) {
        List<String> phrases = new ArrayList<>();
        Matcher brackets = BRACKETS.matcher(prompt);
        while (brackets.find()) {
            if (!brackets.group(1).isBlank()) {
                phrases.add(brackets.group(1).strip());
            }
        }
        return phrases;
    }

    private static Path path(Path folder, Path mapping, String key, String name) {
        Path path = InnerPath.of(folder.resolve(PICTURES), name)
                .orElseThrow(() ->
                        new ImportException(mapping, "entry %s: %s leads out of the folder".formatted(key, name)));
        if (!Files.exists(path)) {
            throw new ImportException(mapping, "entry %s: there is no %s".formatted(key, path));
        }
        return path;
    }

    private static INDArray picture(Path path, int side) throws IOException {
        BufferedImage image = PngFile.read(path);
        if (image.getWidth() != SIDE || image.getHeight() != SIDE) {
            throw new ImportException(
                    path,
                    "has %d x %d pixels; masks are for %d x %d"
                            .formatted(image.getWidth(), image.getHeight(), SIDE, SIDE));
        }
        INDArray picture = Pictures.fromImage(image);
        return side == SIDE ? picture : Pictures.resize(picture, side, side);
    }
}
