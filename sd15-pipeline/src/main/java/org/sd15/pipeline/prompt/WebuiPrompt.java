package org.sd15.pipeline.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prompt in the syntax of AUTOMATIC1111's web UI.
 *
 * <table>
 * <caption>The syntax</caption>
 * <tr><td>{@code (a)}, {@code [a]}, {@code (a:1.3)}</td><td>weights: 1.1 times, a 1.1th, 1.3 times</td></tr>
 * <tr><td>{@code \(}</td><td>a bracket that is text</td></tr>
 * <tr><td>{@code [a:b:0.5]}, {@code [a::4]}, {@code [b:4]}</td><td>a, then b: after half the steps, after 4</td></tr>
 * <tr><td>{@code [a|b]}</td><td>a and b take turns, step by step</td></tr>
 * <tr><td>{@code a BREAK b}</td><td>b begins a new chunk of 75 tokens</td></tr>
 * <tr><td>{@code a :1.2 AND b}</td><td>two prompts whose predictions are added, with weights</td></tr>
 * <tr><td>{@code <lora:name:0.8>}</td><td>a LoRA to be merged</td></tr>
 * </table>
 *
 * <p>It differs from the web UI in three things: a {@code BREAK} within brackets is one too, not a word; a number after a
 * colon at the end of a prompt is its weight only where there is an {@code AND}, so that "a ratio of 16:9" stays what it is;
 * and edits change after the step that is written, where the web UI does one step more with the old text.
 *
 * @param parts what {@code AND} joins, at least one
 * @param loras the LoRAs that it asks for, in order
 * @see <a href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/Features">the web UI's features</a>
 */
public record WebuiPrompt(List<Part> parts, List<LoraTag> loras) {

    private static final Pattern TAG = Pattern.compile("<(\\w+):([^<>]+)>");
    private static final Pattern NUMBER = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)");
    private static final Pattern AND = Pattern.compile("\\bAND\\b", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WEIGHT =
            Pattern.compile("(.*?)\\s*:\\s*([-+]?(?:\\d+\\.?|\\d*\\.\\d+))\\s*", Pattern.DOTALL);
    private static final Pattern OF_THIS_SYNTAX =
            Pattern.compile("(?<!\\\\)\\([^()]*:\\s*[+-]?[.\\d]+\\s*\\)|\\bBREAK\\b|<(?:lora|lyco):[^<>]+>");

    /**
     * One of the prompts that are composed.
     *
     * @param text what it says at each step
     * @param weight of its prediction
     */
    public record Part(EditedText text, double weight) {

        /**
         * The fragments at a step, by section: a {@code BREAK} is between two of them.
         *
         * @param step from 1
         */
        public List<List<Fragment>> sections(int step, int steps) {
            return Emphasis.sections(text.at(step, steps));
        }
    }

    /** Copies the lists. */
    public WebuiPrompt {
        parts = List.copyOf(parts);
        loras = List.copyOf(loras);
    }

    /**
     * Reads a prompt.
     *
     * @throws IllegalArgumentException if a weight is no number, or something else than a LoRA is asked for in angle
     *     brackets
     */
    public static WebuiPrompt parse(String prompt) {
        List<LoraTag> loras = new ArrayList<>();
        String text = TAG.matcher(prompt).replaceAll(tag -> {
            loras.add(lora(tag.group(), tag.group(1), tag.group(2).split(":", -1)));
            return "";
        });
        String[] texts = AND.split(text, -1);
        List<Part> parts = new ArrayList<>();
        for (String one : texts) {
            Matcher weighted = WEIGHT.matcher(one);
            parts.add(
                    texts.length > 1 && weighted.matches()
                            ? new Part(EditedTextParser.parse(weighted.group(1)), Double.parseDouble(weighted.group(2)))
                            : new Part(EditedTextParser.parse(one), 1));
        }
        return new WebuiPrompt(parts, loras);
    }

    /** The parts that have a weight; the first one if none has. */
    public List<Part> effective() {
        List<Part> weighing = parts.stream().filter(part -> part.weight() != 0).toList();
        return weighing.isEmpty() ? parts.subList(0, 1) : weighing;
    }

    /**
     * What it says in every step.
     *
     * @param written for messages
     * @throws IllegalArgumentException if that is not one text, or a LoRA is still asked for
     */
    WeightedText constant(String written) {
        requireNoLoras();
        List<Part> effective = effective();
        if (effective.size() > 1 || effective.get(0).weight() != 1) {
            throw new IllegalArgumentException(
                    "\"%s\" composes several prompts by AND; that is for drawing: one is wanted here, in which words are"
                                    .formatted(written)
                            + " found, or under which a picture is inverted: write that one");
        }
        if (!(effective.get(0).text() instanceof EditedText.Constant constant)) {
            throw new IllegalArgumentException(
                    "\"%s\" says other things at other steps; one text is wanted here, where a picture is inverted under it, a"
                                    .formatted(written)
                            + " direction or words are found in it, or levels of noise come in no order: write that text");
        }
        return new WeightedText(Emphasis.sections(constant.text()));
    }

    /**
     * What it says at a step: the written prompt itself if that never changes, or if it composes several.
     *
     * @param step from 1
     */
    String at(String written, int step, int steps) {
        EditedText text = parts.get(0).text();
        if (parts.size() > 1 || text instanceof EditedText.Constant) {
            return written;
        }
        requireNoLoras();
        return text.at(step, steps);
    }

    String everything(String written) {
        EditedText text = parts.get(0).text();
        return parts.size() > 1 || text instanceof EditedText.Constant ? written : text.everything();
    }

    /** @throws IllegalArgumentException if it asks for a LoRA */
    public void requireNoLoras() {
        if (!loras.isEmpty()) {
            throw new IllegalArgumentException(
                    "the prompt asks for the LoRA \"%s\": add it to the model, and take its tag out of the prompt"
                            .formatted(loras.get(0).name()));
        }
    }

    /** A prompt without the LoRAs that it asks for, for a model that has them already. */
    public static String withoutLoras(String prompt) {
        return TAG.matcher(prompt).replaceAll("");
    }

    /** Whether a text has weights, breaks or LoRAs that only this syntax reads. */
    public static boolean looksLike(String prompt) {
        return OF_THIS_SYNTAX.matcher(prompt).find();
    }

    private static LoraTag lora(String tag, String kind, String[] arguments) {
        if (!List.of("lora", "lyco").contains(kind.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "the prompt asks for %s: only <lora:NAME:SCALE> is known here".formatted(tag));
        }
        String scale = arguments.length < 2 ? "1" : arguments[1].strip();
        if (arguments.length <= 2 && NUMBER.matcher(scale).matches()) {
            return new LoraTag(arguments[0].strip(), Double.parseDouble(scale));
        }
        throw new IllegalArgumentException("%s in the prompt is not <lora:NAME> or <lora:NAME:SCALE>".formatted(tag));
    }
}
