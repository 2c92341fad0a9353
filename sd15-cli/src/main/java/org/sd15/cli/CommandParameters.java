package org.sd15.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.image.PictureParameters;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command's own options as keys and values of a picture's parameters, and back: {@code --cross-steps} is {@code Cross
 * steps}. Values that several options share with the web UI have its keys; see {@link SamplingOptions#parameters}.
 */
final class CommandParameters {

    /** Says which command made a picture; the web UI has no such key, and {@code generate} writes none. */
    static final String COMMAND = "Command";

    private static final String LORAS = "LoRAs";
    private static final String EMBEDDINGS = "Embeddings";

    /** What does not change a picture, or is told under a key of the web UI. */
    private static final Set<String> LEFT_OUT = Set.of(
            "--help",
            "--version",
            "--verbose",
            "--output",
            "--overwrite",
            "--dump",
            "--dump-steps",
            "--no-metadata",
            "--params-from",
            "--allow-hours",
            "--threads",
            "--copy-weights",
            "--model",
            "--steps",
            "--guidance",
            "--seed",
            "--lora",
            "--embedding",
            "--lora-dir",
            "--open");

    /** Options that the web UI's keys stand for. */
    private static final Map<String, String> SHARED = Map.of(
            "Steps",
            "--steps",
            "CFG scale",
            "--guidance",
            "Seed",
            "--seed",
            LORAS,
            "--lora",
            EMBEDDINGS,
            "--embedding");

    /** What of generate's options is not a number or a text: the files, and what belongs to them. */
    static final Set<String> OF_GENERATE = Set.of(
            "Image", "Mask", "Invert mask", "Mask grow", "Mask blur", "Only masked", "Resize", LORAS, EMBEDDINGS);

    private static final ObjectMapper JSON = new ObjectMapper();

    private CommandParameters() {}

    /** What was chosen, with what was left at its default. */
    static Map<String, String> of(CommandSpec command) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put(COMMAND, command.name());
        for (OptionSpec option : command.options()) {
            List<?> chosen = LEFT_OUT.contains(option.longestName()) ? List.of() : OptionChecks.values(option);
            List<String> texts = chosen.stream()
                    .filter(value -> !Boolean.FALSE.equals(value))
                    .map(CommandParameters::text)
                    .toList();
            if (!texts.isEmpty()) {
                values.put(key(option), joined(option, texts));
            }
        }
        return values;
    }

    private static String key(OptionSpec option) {
        String words = option.longestName().replaceFirst("^--", "").replace('-', ' ');
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private static String text(Object value) {
        if (value instanceof Path path) {
            return String.valueOf(path.getFileName());
        }
        return value instanceof Enum<?> ? value.toString().toLowerCase(Locale.ROOT) : value.toString();
    }

    private static String joined(OptionSpec option, List<String> texts) {
        if (!option.splitRegex().isEmpty()) {
            return String.join(", ", texts);
        }
        if (texts.size() == 1 && !texts.get(0).startsWith("[")) {
            return texts.get(0);
        }
        try {
            return JSON.writeValueAsString(texts);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("texts can't be written as JSON", impossible);
        }
    }

    /**
     * Arguments with what a picture says of how it was made in the place of {@code --params-from}; options that were typed
     * win.
     *
     * @throws IOException if the picture can't be read, or does not say it
     */
    static String[] expanded(CommandSpec root, String... arguments) throws IOException {
        List<String> typed = Arrays.asList(arguments);
        CommandSpec command = typed.stream()
                .filter(root.subcommands()::containsKey)
                .findFirst()
                .map(name ->
                        Objects.requireNonNull(root.subcommands().get(name)).getCommandSpec())
                .orElse(root);
        int at = typed.indexOf("--params-from");
        boolean help = typed.contains("--help") || typed.contains("-h");
        if (at < 0 || at + 1 == arguments.length || help || command.findOption("--params-from") == null) {
            return arguments;
        }
        Path file = Path.of(arguments[at + 1]);
        if (!Files.isRegularFile(file)) {
            return arguments; // refused with all else that is not there
        }
        GenerationParameters found = PictureParameters.read(file);
        requireSame(file, command, found.values().get(COMMAND));
        List<String> all = new ArrayList<>(typed);
        found.values().forEach((key, value) -> {
            OptionSpec option = option(command, key);
            if (option != null && !isTyped(typed, option)) {
                add(all, file, option, value);
            }
        });
        return all.toArray(String[]::new);
    }

    /** The option that a key stands for here, or null. What generate sets by itself is left to {@link ParametersFrom}. */
    private static @Nullable OptionSpec option(CommandSpec command, String key) {
        if (command.name().equals("generate") && !OF_GENERATE.contains(key)) {
            return null;
        }
        String shared = SHARED.get(key);
        OptionSpec option = command.findOption(
                shared != null ? shared : "--" + key.toLowerCase(Locale.ROOT).replace(' ', '-'));
        boolean told = option != null && (shared != null || !LEFT_OUT.contains(option.longestName()));
        return told ? option : null;
    }

    private static void requireSame(Path file, CommandSpec command, @Nullable String made) {
        String by = made == null ? "generate" : made;
        if (!by.equals(command.name())) {
            throw new IllegalArgumentException("%s was made by %s: sd15 %2$s --params-from %1$s".formatted(file, by));
        }
    }

    private static boolean isTyped(List<String> typed, OptionSpec option) {
        return typed.stream()
                .anyMatch(word -> Arrays.stream(option.names())
                        .anyMatch(name -> word.equals(name) || word.startsWith(name + "=")));
    }

    private static void add(List<String> all, Path picture, OptionSpec option, String value) {
        String name = option.longestName();
        if (option.arity().max() == 0) {
            all.add(name);
            return;
        }
        if (name.equals("--lora") || name.equals("--embedding")) {
            for (String one : value.split("; ", -1)) {
                boolean scaled = name.equals("--lora");
                String path = found(picture, scaled ? one.substring(0, Math.max(0, one.lastIndexOf(' '))) : one);
                if (Files.isRegularFile(Path.of(path))) {
                    all.add(name);
                    all.add(scaled ? path + ":" + one.substring(one.lastIndexOf(' ') + 1) : path);
                } else {
                    Console.note("%s was made with %s, which is not there: give %s", picture, one, name);
                }
            }
            return;
        }
        for (String one : option.splitRegex().isEmpty() ? several(value) : List.of(value.replace(", ", ","))) {
            all.add(name);
            all.add(option.auxiliaryTypes()[0] == Path.class ? found(picture, one) : one);
        }
    }

    private static List<String> several(String value) {
        if (!value.startsWith("[")) {
            return List.of(value);
        }
        try {
            return List.of(JSON.readValue(value, String[].class));
        } catch (JsonProcessingException plain) {
            return List.of(value);
        }
    }

    /** A file of a name: beside the picture, in the folders around it, or in the working directory. */
    private static String found(Path picture, String name) {
        Path folder = picture.toAbsolutePath().getParent();
        for (int i = 0; i < 3 && folder != null; i++, folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name).toString();
            }
        }
        return name;
    }
}
