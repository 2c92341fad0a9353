package org.sd15.pipeline.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.sd15.importer.io.InnerPath;

/**
 * A folder of pictures with captions: {@code metadata.jsonl} as in Hugging Face's imagefolder (a line a picture, with
 * {@code file_name} and {@code text}), or else a {@code .txt} of the same name beside each picture. Where there is nothing
 * but the splits of a data set, {@code train} is read.
 *
 * @param pictures in the order of the list, or of their names
 * @param skipped what was left out, with the reason
 */
public record PictureFolder(List<CaptionedPicture> pictures, List<String> skipped) {

    private static final String LIST = "metadata.jsonl";

    private static final Set<String> FORMATS = Set.of("png", "jpg", "jpeg", "jfif", "bmp", "gif");

    /** Pictures of formats that can't be read here. */
    private static final Set<String> OTHER_FORMATS =
            Set.of("webp", "avif", "tif", "tiff", "heic", "heif", "jxl", "jp2", "svg", "psd");

    private static final String TRAIN = "train";

    private static final List<String> TEXT_KEYS = List.of("text", "caption", "prompt");

    /** Copies the lists. */
    public PictureFolder {
        pictures = List.copyOf(pictures);
        skipped = List.copyOf(skipped);
    }

    /**
     * Reads a folder; the pictures themselves are not opened yet.
     *
     * @param bad what to do with pictures without a caption, and entries without a picture
     * @throws IllegalArgumentException if there is no picture, or one without a caption that is not to be skipped
     */
    public static PictureFolder read(Path folder, BadData bad) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + ": no such folder; give a folder of pictures with captions");
        }
        Reading reading = new Reading(folder, bad);
        if (reading.isSplit()) {
            return reading.train();
        }
        if (Files.isRegularFile(folder.resolve(LIST))) {
            reading.list();
        } else {
            reading.textFiles();
        }
        reading.nameTheRest();
        return reading.result();
    }

    /**
     * Reads a folder where all pictures have the same captions, as for DreamBooth and textual inversion.
     *
     * @throws IllegalArgumentException if there is no picture
     */
    public static PictureFolder read(Path folder, List<String> captions) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + ": no such folder; give a folder of pictures");
        }
        Reading reading = new Reading(folder, BadData.FAIL);
        for (Path file : reading.files()) {
            reading.found.add(new CaptionedPicture(file, captions));
        }
        reading.nameTheRest();
        return reading.result();
    }

    /** Collects what a folder has. */
    private static final class Reading {

        private final Path folder;
        private final BadData bad;
        private final List<CaptionedPicture> found = new ArrayList<>();
        private final List<String> skipped = new ArrayList<>();
        private final Set<Path> named = new HashSet<>();

        Reading(Path folder, BadData bad) {
            this.folder = folder;
            this.bad = bad;
        }

        PictureFolder result() {
            if (found.isEmpty()) {
                throw new IllegalArgumentException("%s: no captioned pictures (%s)%s"
                        .formatted(
                                folder,
                                String.join(", ", FORMATS.stream().sorted().toList()),
                                skipped.isEmpty() ? "" : "; left out: " + String.join("; ", skipped)));
            }
            return new PictureFolder(found, skipped);
        }

        /** Whether there is nothing but the splits of a data set. */
        boolean isSplit() throws IOException {
            return Files.isDirectory(folder.resolve(TRAIN))
                    && !Files.isRegularFile(folder.resolve(LIST))
                    && files().isEmpty();
        }

        /** The split for training; that there are others is told. */
        PictureFolder train() throws IOException {
            PictureFolder train = read(folder.resolve(TRAIN), bad);
            List<String> all = new ArrayList<>(train.skipped);
            for (Path other : entries(Files::isDirectory)) {
                if (!other.endsWith(TRAIN)) {
                    all.add(other + ": is another split; only that for training is read");
                }
            }
            return new PictureFolder(train.pictures, all);
        }

        /** Pictures that nobody has asked for: not in the list, in other formats, or what systems leave behind. */
        void nameTheRest() throws IOException {
            Set<Path> known = new HashSet<>(named);
            found.forEach(picture -> known.add(picture.file()));
            for (Path file : entries(Files::isRegularFile)) {
                if (OTHER_FORMATS.contains(extension(file))) {
                    skipped.add(file + ": is of a format that can't be read; save it as PNG or JPEG");
                } else if (isHidden(file) && FORMATS.contains(extension(file))) {
                    skipped.add(file + ": is a hidden file");
                } else if (isPicture(file) && !known.contains(file)) {
                    skipped.add("%s: is not in %s".formatted(file, folder.resolve(LIST)));
                }
            }
        }

        void list() throws IOException {
            List<String> lines = CaptionText.read(folder.resolve(LIST)).lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                if (!lines.get(i).isBlank()) {
                    entry("%s line %d".formatted(folder.resolve(LIST), i + 1), lines.get(i));
                }
            }
        }

        private void entry(String where, String line) {
            JsonNode entry = parse(where, line);
            JsonNode name = entry.get("file_name");
            if (name == null || !name.isTextual()) {
                throw new IllegalArgumentException(where + ": has no \"file_name\"");
            }
            Path file = InnerPath.of(folder, name.asText())
                    .orElseThrow(() -> new IllegalArgumentException(
                            "%s: %s lies outside of the folder".formatted(where, name.asText())));
            if (!Files.isRegularFile(file)) {
                leaveOut("%s: there is no picture %s".formatted(where, file));
                return;
            }
            named.add(file);
            List<String> captions = TEXT_KEYS.stream()
                    .map(entry::path)
                    .map(Reading::texts)
                    .filter(texts -> !texts.isEmpty())
                    .findFirst()
                    .orElse(List.of());
            add(file, captions, "\"text\" in " + where);
        }

        /** One caption, or a list of which every time another is drawn. */
        private static List<String> texts(JsonNode value) {
            List<String> texts = new ArrayList<>();
            if (value.isTextual()) {
                texts.add(value.asText());
            } else if (value.isArray()) {
                value.forEach(each -> texts.add(each.isTextual() ? each.asText() : ""));
            }
            return texts;
        }

        private static JsonNode parse(String where, String line) {
            try {
                JsonNode entry = new ObjectMapper().readTree(line);
                if (entry != null && entry.isObject()) {
                    return entry;
                }
                throw new IllegalArgumentException(where + ": is no JSON object");
            } catch (JsonProcessingException problem) {
                throw new IllegalArgumentException(
                        "%s: is no JSON object: %s".formatted(where, problem.getOriginalMessage()), problem);
            }
        }

        void textFiles() throws IOException {
            for (Path file : files()) {
                String name = String.valueOf(file.getFileName());
                Path text = file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
                boolean there = Files.isRegularFile(text);
                named.add(file);
                add(file, List.of(there ? CaptionText.read(text) : ""), text.toString());
            }
        }

        List<Path> files() throws IOException {
            return entries(Reading::isPicture);
        }

        private List<Path> entries(Predicate<Path> kind) throws IOException {
            try (Stream<Path> entries = Files.list(folder)) {
                return entries.filter(kind).sorted().toList();
            }
        }

        private static boolean isPicture(Path file) {
            return Files.isRegularFile(file) && !isHidden(file) && FORMATS.contains(extension(file));
        }

        private static boolean isHidden(Path file) {
            return String.valueOf(file.getFileName()).startsWith(".");
        }

        private static String extension(Path file) {
            String name = String.valueOf(file.getFileName());
            return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        }

        private void add(Path file, List<String> texts, String where) {
            List<String> captions = texts.stream().map(String::strip).toList();
            if (captions.isEmpty() || captions.stream().anyMatch(String::isEmpty)) {
                leaveOut("%s: has no caption; write what it shows into %s".formatted(file, where));
            } else {
                found.add(new CaptionedPicture(file, captions));
            }
        }

        private void leaveOut(String reason) {
            if (bad == BadData.FAIL) {
                throw new IllegalArgumentException(reason);
            }
            skipped.add(reason);
        }
    }
}
