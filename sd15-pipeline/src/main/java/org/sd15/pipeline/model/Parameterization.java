package org.sd15.pipeline.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;
import org.sd15.importer.io.Shown;
import org.sd15.pipeline.schedule.PredictionType;

/**
 * What the training's configuration beside a single-file checkpoint, {@code model.yaml} beside {@code model.ckpt}, says
 * that the model predicts: {@code parameterization: "v"}. This one key is read, line by line; the file's other YAML is not
 * looked at.
 */
final class Parameterization {

    private static final Pattern LINE = Pattern.compile("\\s*[\"']?parameterization[\"']?\\s*:(.*)");
    private static final Pattern VALUE = Pattern.compile("\\s+(?:(\\w+)|\"(\\w+)\"|'(\\w+)')\\s*(?:#.*)?");

    /** Bytes of a file at most; those of Stable Diffusion have 2,000. */
    private static final long LARGEST_FILE = 1 << 20;

    private Parameterization() {}

    /**
     * The prediction type; null if no file or no such line is there.
     *
     * @throws ImportException if it is none that is known, or there are two
     */
    static @Nullable PredictionType beside(Path checkpoint) throws IOException {
        String name = String.valueOf(checkpoint.getFileName()).replaceFirst("\\.\\w+$", "");
        for (String extension : List.of(".yaml", ".yml")) {
            Path file = checkpoint.resolveSibling(name + extension);
            if (Files.isRegularFile(file)) {
                return read(file);
            }
        }
        return null;
    }

    private static @Nullable PredictionType read(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new ImportException(
                    file, "has %,d bytes, %,d at most can be".formatted(Files.size(file), LARGEST_FILE));
        }
        Set<PredictionType> said = new TreeSet<>();
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            Matcher key = LINE.matcher(line);
            if (key.matches()) {
                said.add(value(file, key.group(1)));
            }
        }
        if (said.size() > 1) {
            throw new ImportException(
                    file, "says parameterization more than once, and not the same", ModelChoice.PREDICTION);
        }
        return said.isEmpty() ? null : said.iterator().next();
    }

    private static PredictionType value(Path file, String text) {
        Matcher value = VALUE.matcher(text);
        String found = value.matches() ? value.replaceFirst("$1$2$3") : text;
        return switch (found) {
            case "eps" -> PredictionType.EPSILON;
            case "v" -> PredictionType.V_PREDICTION;
            case "x0" -> PredictionType.SAMPLE;
            default ->
                throw new ImportException(
                        file, "parameterization is %s, must be eps, v or x0".formatted(Shown.of(found.strip())));
        };
    }
}
