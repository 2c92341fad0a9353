package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.image.PictureParameters;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Schedulers;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Options that are as a picture says it was made; those that were typed stay as they are. */
final class ParametersFrom {

    private static final String SAMPLER = "Sampler";
    private static final String SCHEDULE_TYPE = "Schedule type";
    private static final String ETA = "Eta";
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*[xX]\\s*(\\d{1,9})");

    /** Options that are numbers, by the keys of the web UI and of this program. */
    private static final Map<String, String> NUMBERS = Map.of(
            "Steps",
            "--steps",
            "CFG scale",
            "--guidance",
            "Seed",
            "--seed",
            ETA,
            "--eta",
            "Guidance rescale",
            "--guidance-rescale");

    @Option(
            names = "--params-from",
            paramLabel = "FILE",
            description =
                    "Prompts, steps, sampler, guidance, seed and size as a picture says it was made: a PNG or JPEG"
                            + " of this program, of the web UI or of ComfyUI. Options beside it win.")
    private @Nullable Path file;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    private @Nullable Integer only;

    private final List<String> left = new ArrayList<>();

    ParametersFrom() {
        command = CommandSpec.create();
    }

    /** Adds what is read. */
    InputFiles addTo(InputFiles inputs) {
        return inputs.picture("--params-from", file);
    }

    /**
     * Sets what was not typed, and says in one line what is not taken over.
     *
     * @param model that draws; where it is the picture's, it is not mentioned
     */
    void fill(ModelOptions model) throws IOException {
        if (file == null) {
            return;
        }
        GenerationParameters found = PictureParameters.read(file);
        text("--prompt", found.prompt());
        if (!found.negativePrompt().isEmpty()) {
            text("--negative", found.negativePrompt());
        }
        Map<String, String> rest = new LinkedHashMap<>(found.values());
        rest.entrySet().removeAll(model.parameters().entrySet());
        batch(rest);
        rest.remove("Version", Versions.SD15);
        scheduler(rest);
        size(rest);
        rest.forEach(this::take);
        if (!left.isEmpty()) {
            Console.note("%s: not taken over: %s", file, String.join(", ", left));
        }
    }

    /** A picture of a batch of this program has noise that is drawn after that of the others: they are drawn with it. */
    private void batch(Map<String, String> rest) {
        String size = rest.getOrDefault("Batch size", "");
        String place = rest.getOrDefault("Batch pos", "");
        boolean ours = rest.getOrDefault("Version", "").startsWith("sd15 "); // elsewhere each has a seed of its own
        boolean known = size.matches("[1-9]\\d{0,3}") && place.matches("\\d{1,4}");
        if (ours && known && Integer.parseInt(place) < Integer.parseInt(size) && !wasTyped("--count")) {
            rest.remove("Batch size");
            only = Integer.valueOf(rest.remove("Batch pos"));
            number("Batch size", size, "--count");
        }
    }

    /** How many of the pictures of a run are asked for. */
    int wanted(int pictures) {
        return only == null ? pictures : 1;
    }

    /** Which of them, in order. */
    int[] numbers(int pictures) {
        return only == null ? IntStream.range(0, pictures).toArray() : new int[] {only};
    }

    private void take(String key, String value) {
        String option = NUMBERS.get(key);
        if (CommandParameters.OF_GENERATE.contains(key)
                && wasTyped("--" + key.toLowerCase(Locale.ROOT).replace(' ', '-'))) {
            return; // among the arguments already
        }
        if (option != null) {
            number(key, value, option);
        } else if (key.equals("Clip skip") && value.matches("[1-9]\\d?")) {
            number(key, Integer.toString(Integer.parseInt(value) - 1), "--clip-skip"); // there, 1 is the last layer
        } else if (key.equals("Denoising strength") && wasTyped("--image")) {
            number(key, value, "--strength");
        } else if (key.equals(PromptOptions.KEY) && PromptOptions.isStyle(value)) {
            if (!wasTyped("--prompt-style")) {
                option("--prompt-style").setValue(PromptOptions.style(value));
            }
        } else {
            left.add(key + ": " + value);
        }
    }

    /** The sampler with its schedule type, where they are known here. */
    private void scheduler(Map<String, String> rest) {
        String sampler = rest.get(SAMPLER);
        String type = rest.getOrDefault(SCHEDULE_TYPE, SamplerName.AUTOMATIC);
        if (sampler == null) {
            return;
        }
        String name = new SamplerName(sampler, type).name();
        if (!Schedulers.isKnown(name)) {
            return; // both are mentioned
        }
        rest.remove(SAMPLER);
        rest.remove(SCHEDULE_TYPE);
        if (!wasTyped("--scheduler")) {
            option("--scheduler").setValue(name);
        }
        if (rest.containsKey(ETA) && !name.matches("(?i)DDIM|TCD")) {
            left.add(ETA + ": " + rest.remove(ETA));
        }
    }

    private void size(Map<String, String> rest) {
        Matcher size = SIZE.matcher(rest.getOrDefault("Size", ""));
        if (size.matches()) {
            rest.remove("Size");
            number("Size", size.group(1), "--width");
            number("Size", size.group(2), "--height");
        }
    }

    private void text(String name, String text) {
        if (!wasTyped(name)) {
            option(name).setValue(List.of(text));
        }
    }

    private void number(String key, String value, String name) {
        if (wasTyped(name)) {
            return;
        }
        OptionSpec option = option(name);
        try {
            Number number = converted(option, value);
            OptionChecks.bounds(option).require(name, number);
            option.setValue(number);
        } catch (NumberFormatException noNumber) {
            left.add("%s: %s (is no such number)".formatted(key, value));
        } catch (IllegalArgumentException | TypeConversionException problem) {
            left.add("%s: %s (%s)".formatted(key, value, problem.getMessage()));
        }
    }

    private static Number converted(OptionSpec option, String value) {
        Class<?> type = option.type();
        if (type == long.class) {
            return new SeedConverter().convert(value);
        }
        if (type == int.class || type == Integer.class) {
            return Integer.valueOf(value);
        }
        return Double.valueOf(value);
    }

    private boolean wasTyped(String name) {
        return command.commandLine().getParseResult().hasMatchedOption(name);
    }

    private OptionSpec option(String name) {
        return command.findOption(name);
    }
}
