package org.sd15.pipeline.training.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.sd15.importer.io.InnerPath;

/**
 * A folder of pictures with captions: {@code metadata.jsonl} as in Hugging Face's imagefolder (a line a picture, with
 * {@code file_name} and {@code text}), or else a {@code .txt} of the same name beside each picture.
 *
 * @param pictures in the order of the list, or of their names
 * @param skipped what was left out, with the reason
 */
public record PictureFolder(List<CaptionedPicture> pictures, List<String> skipped) {

    private static final String LIST = "metadata.jsonl";

    /** Bytes of a file of captions at most: a thousand for each of a quarter of a million pictures. */
    private static final long LARGEST_TEXT = 256 << 20;

    private static final Set<String> FORMATS = Set.of("png", "jpg", "jpeg", "bmp", "gif");
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
        if (Files.isRegularFile(folder.resolve(LIST))) {
            reading.list();
        } else {
            reading.textFiles();
        }
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
        return reading.result();
    }

    /** Collects what a folder has. */
    private static final class Reading {

        private final Path folder;
        private final BadData bad;
        private final List<CaptionedPicture> found = new ArrayList<>();
        private final List<String> skipped = new ArrayList<>();

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

        void list() throws IOException {
            List<String> lines = text(folder.resolve(LIST)).lines().toList();
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
            String text = TEXT_KEYS.stream()
                    .map(entry::get)
                    .filter(node -> node != null && node.isTextual())
                    .map(JsonNode::asText)
                    .findFirst()
                    .orElse("");
            add(file, text, "\"text\" in " + where);
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
                add(file, there ? text(text) : "", text.toString());
            }
        }

        private static String text(Path file) throws IOException {
            if (Files.size(file) > LARGEST_TEXT) {
                throw new IllegalArgumentException("%s: has %,d bytes; captions may have up to %,d"
                        .formatted(file, Files.size(file), LARGEST_TEXT));
            }
            try {
                return Files.readString(file, StandardCharsets.UTF_8);
            } catch (CharacterCodingException problem) {
                throw new IOException(file + ": is not UTF-8; save it as UTF-8", problem);
            } catch (AccessDeniedException problem) {
                throw new IOException(file + ": may not be read", problem);
            }
        }

        List<Path> files() throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(Files::isRegularFile)
                        .filter(Reading::isPicture)
                        .sorted()
                        .toList();
            }
        }

        private static boolean isPicture(Path file) {
            String name = String.valueOf(file.getFileName());
            int dot = name.lastIndexOf('.');
            return dot > 0 && FORMATS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
        }

        private void add(Path file, String text, String where) {
            if (text.isBlank()) {
                leaveOut("%s: has no caption; write what it shows into %s".formatted(file, where));
            } else {
                found.add(new CaptionedPicture(file, text.strip()));
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
