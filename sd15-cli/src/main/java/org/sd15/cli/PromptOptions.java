package org.sd15.cli;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.prompt.CompelPrompt.Downweight;
import org.sd15.pipeline.prompt.LoraTag;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.prompt.WebuiPrompt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How prompts are written, and where the LoRAs are that they ask for. */
final class PromptOptions {

    /** What the style is called in the text chunk of a picture. */
    static final String KEY = "Prompt style";

    private static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".ckpt", ".bin");

    @Option(
            names = "--prompt-style",
            paramLabel = "plain|webui|compel",
            defaultValue = "plain",
            description = "How prompts are written: plain (brackets are text, the end of a long one is cut), webui"
                    + " ((word:1.2), [a:b:0.5], [a|b], AND, BREAK, <lora:NAME:0.8>) or compel (word++, (words)1.3);"
                    + " the last two of any length (default: plain).")
    private PromptStyle style = PromptStyle.PLAIN;

    @Option(
            names = "--downweight",
            paramLabel = "remove|mask",
            description = "With --prompt-style compel: words that weigh less than 1 fade towards a prompt without them"
                    + " (remove) or one in which they are hidden (mask, compel's own default) (default: remove).")
    private @Nullable Downweight downweight;

    @Option(
            names = "--lora-dir",
            paramLabel = "DIR",
            description = "Where to find the LoRAs of <lora:NAME:SCALE> in prompts, in subfolders too.")
    private @Nullable Path loraFolder;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    PromptOptions() {
        command = CommandSpec.create();
    }

    /** How prompts are written. */
    PromptStyle style() {
        if (downweight == null) {
            return style;
        }
        if (!style.isCompel()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--downweight is how compel takes small weights: give --prompt-style compel too");
        }
        return downweight == Downweight.MASK ? PromptStyle.COMPEL_MASK : PromptStyle.COMPEL;
    }

    /** Whether a text names a style. */
    static boolean isStyle(String name) {
        return Arrays.stream(PromptStyle.values()).anyMatch(one -> one.name().equalsIgnoreCase(name));
    }

    /** The style of that name. */
    static PromptStyle style(String name) {
        return PromptStyle.valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** The settings of a run under prompts of this style. */
    UnaryOperator<RunSettings> of(UnaryOperator<RunSettings> sampling) {
        return settings -> sampling.apply(settings).promptStyle(style());
    }

    /**
     * Adds the LoRAs that prompts ask for to those of the model. One that {@code --lora} gives already is there.
     *
     * @throws IllegalArgumentException if one is not there, or its scale differs between prompts
     */
    void addLoras(ModelOptions model, List<String> written) throws IOException {
        List<String> values = new ArrayList<>();
        for (LoraTag tag : tags(written)) {
            OptionalDouble given = model.scaleOfLora(tag.name());
            if (given.isEmpty()) {
                Path file = file(tag.name());
                Console.note("LoRA \"%s\" of the prompt, with scale %s: %s", tag.name(), tag.scale(), file);
                values.add(file + ":" + tag.scale());
            } else if (given.getAsDouble() != tag.scale()) {
                throw new IllegalArgumentException(
                        "the prompt asks for the LoRA \"%s\" with scale %s, --lora gives it %s"
                                .formatted(tag.name(), tag.scale(), given.getAsDouble()));
            }
        }
        model.add(values);
    }

    /** Says so if plain prompts are longer than the text encoder reads, or look like another style. */
    void warn(StableDiffusion model, List<String> written) {
        if (style() == PromptStyle.PLAIN) {
            Warnings.syntax(written, command.name());
            written.forEach(prompt -> Warnings.cut(model, prompt));
        }
    }

    private List<LoraTag> tags(List<String> prompts) {
        List<LoraTag> tags = new ArrayList<>();
        for (String prompt : style == PromptStyle.WEBUI ? prompts : List.<String>of()) {
            for (LoraTag tag : WebuiPrompt.parse(prompt).loras()) {
                if (!tags.contains(tag)) {
                    requireOneScale(tags, tag);
                    tags.add(tag);
                }
            }
        }
        return tags;
    }

    private static void requireOneScale(List<LoraTag> tags, LoraTag tag) {
        if (tags.stream().anyMatch(other -> other.name().equals(tag.name()))) {
            throw new IllegalArgumentException(
                    "the prompts ask for the LoRA \"%s\" with different scales; a LoRA is for all pictures of a run"
                            .formatted(tag.name()));
        }
    }

    private Path file(String name) throws IOException {
        if (loraFolder == null) {
            throw new IllegalArgumentException(
                    "the prompt asks for the LoRA \"%s\": say where it is, --lora-dir DIR".formatted(name));
        }
        try (Stream<Path> files = Files.walk(loraFolder, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> ENDINGS.stream()
                            .anyMatch(ending -> (name + ending).equals(String.valueOf(file.getFileName()))))
                    .sorted()
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "the prompt asks for the LoRA \"%s\", and %s has no %s.safetensors (nor .pt, .ckpt, .bin)"
                                    .formatted(name, loraFolder, name)));
        }
    }

    /** Prompts as a run takes them. */
    List<String> withoutLoras(List<String> prompts) {
        return prompts.stream().map(this::withoutLoras).toList();
    }

    /** A prompt as a run takes it. */
    String withoutLoras(String prompt) {
        return style == PromptStyle.WEBUI ? WebuiPrompt.withoutLoras(prompt) : prompt;
    }

    /** The style in words, behind other parameters; nothing if it is plain. */
    String describe() {
        return style() == PromptStyle.PLAIN
                ? ""
                : ", " + KEY + ": " + style().name().toLowerCase(Locale.ROOT);
    }

    /** The style, for the text chunk of a picture; nothing if it is plain. */
    Map<String, String> parameters() {
        return style() == PromptStyle.PLAIN
                ? Map.of()
                : Map.of(KEY, style().name().toLowerCase(Locale.ROOT));
    }
}
