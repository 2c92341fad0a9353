package org.sd15.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The value of {@code --lora}: a file, and after a colon its scale.
 *
 * @param file the LoRA
 * @param scale 1 if none was given
 */
record LoraOption(Path file, double scale) {

    private static final Pattern SCALED = Pattern.compile("(.+):([^:/\\\\]*)");

    /** Refuses scales that are no numbers, and what can't be read as a file. */
    static void requireReadable(List<String> values) {
        for (String value : values) {
            InputFile.require(parse(value).file());
        }
    }

    /** The scale of the first value whose file has a name, but for its ending; empty if none has. */
    static OptionalDouble scale(List<String> values, String name) {
        return values.stream()
                .map(LoraOption::parse)
                .filter(lora -> String.valueOf(lora.file.getFileName())
                        .replaceFirst("\\.\\w+$", "")
                        .equals(name))
                .mapToDouble(LoraOption::scale)
                .findFirst();
    }

    /** Takes the value apart; a colon may be part of the file's name. */
    static LoraOption parse(String value) {
        Matcher scaled = SCALED.matcher(value);
        if (!scaled.matches() || Files.exists(Path.of(value))) {
            return new LoraOption(Path.of(value), 1);
        }
        try {
            double scale = Double.parseDouble(scaled.group(2));
            Bounds.FINITE.require("the scale of --lora " + value, scale);
            return new LoraOption(Path.of(scaled.group(1)), scale);
        } catch (NumberFormatException noNumber) {
            throw new IllegalArgumentException(
                    "--lora %s: \"%s\" is not a number; give FILE or FILE:scale, for instance %s:0.7"
                            .formatted(value, scaled.group(2), scaled.group(1)),
                    noNumber);
        }
    }
}
