package org.sd15.shapes.pictograms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.sd15.pipeline.image.PngFile;

/** The pictograms that have a plain name, the first ones to be learnt first. */
public final class Pictograms {

    private static final String LIST = "/pictograms/names.csv";

    /**
     * A line of the list.
     *
     * @param shortName in {@code emoji.json}
     * @param words what a caption says
     */
    public record Name(String shortName, String words) {}

    private Pictograms() {}

    /** The list. */
    public static List<Name> names() {
        try (InputStream stream = Objects.requireNonNull(Pictograms.class.getResourceAsStream(LIST), LIST)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(",", -1))
                    .map(fields -> new Name(fields[0], fields[1]))
                    .toList();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * Reads the pictures of a list.
     *
     * @param packageFolder the npm package {@code emoji-datasource-google}, unpacked
     * @throws NoSuchFileException if something is missing; the message says how to fetch it
     */
    public static List<Pictogram> read(Path packageFolder, List<Name> names) throws IOException {
        Path index = packageFolder.resolve("emoji.json");
        if (!Files.isRegularFile(index)) {
            throw new NoSuchFileException(
                    index.toString(), null, "the pictograms are not here; fetch them with tools/pictograms/fetch.sh");
        }
        Map<String, String> images = new HashMap<>();
        for (JsonNode entry : new ObjectMapper().readTree(index.toFile())) {
            entry.path("short_names")
                    .forEach(name ->
                            images.put(name.asText(), entry.path("image").asText()));
        }
        List<Pictogram> read = new ArrayList<>();
        for (Name name : names) {
            String image = images.get(name.shortName());
            if (image == null) {
                throw new NoSuchFileException(index + " has no pictogram " + name.shortName());
            }
            Path file = packageFolder.resolve("img/google/64").resolve(image);
            read.add(new Pictogram(name.words(), PngFile.read(file)));
        }
        return read;
    }
}
