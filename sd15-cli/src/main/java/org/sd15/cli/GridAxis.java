package org.sd15.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.sd15.importer.names.NearestName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What differs between the columns of a grid, or its rows: an option of {@code generate} with its values, or words that take
 * the place of one in the prompts.
 *
 * @param name of the option, without dashes; {@code s/r} for search and replace
 * @param values in order; of search and replace, the first is what is searched
 */
record GridAxis(String name, List<String> values) {

    private static final String REPLACED = "s/r";
    private static final Pattern VALUE = Pattern.compile("\\G(?:\"((?:[^\"]|\"\")*)\"|([^,\"]*))(,|$)");
    private static final Set<String> PROMPTS = Set.of("--prompt", "--negative");

    /** What is no setting of a single picture. */
    private static final Set<String> NONE = Set.of("--count", "--params-from", "--output", "--dump");

    /** Copies the list. */
    GridAxis {
        values = List.copyOf(values);
    }

    /**
     * Reads {@code steps=10,20,50}; a value with a comma is in quotes.
     *
     * @param option what it was given by, for messages
     * @param generate the command whose options may differ
     */
    static GridAxis parse(String option, String text, CommandSpec generate) {
        int at = text.indexOf('=');
        if (at < 1) {
            throw new IllegalArgumentException(
                    "%s %s: write NAME=VALUE,VALUE, such as steps=10,20,50".formatted(option, text));
        }
        String name = text.substring(0, at).strip().replaceFirst("^--", "");
        List<String> values = values(text.substring(at + 1));
        if (values.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException(
                    "%s %s: a value is empty; one with a comma is in \"quotes\"".formatted(option, text));
        }
        if (name.equalsIgnoreCase(REPLACED)) {
            return new GridAxis(REPLACED, values);
        }
        String[] ours = FieldWords.translated(generate, "--" + name);
        OptionSpec found = ours.length == 1 ? generate.findOption(ours[0]) : null;
        if (found == null || !isSetting(found)) {
            throw new IllegalArgumentException(unknown(option, name, generate));
        }
        return new GridAxis(found.longestName().replaceFirst("^--", ""), values);
    }

    private static boolean isSetting(OptionSpec option) {
        boolean isOne = option.arity().min() == 1 && !option.type().equals(Path.class);
        return isOne
                && !NONE.contains(option.longestName())
                && (!option.isMultiValue() || PROMPTS.contains(option.longestName()));
    }

    private static String unknown(String option, String name, CommandSpec generate) {
        List<String> known = new ArrayList<>(List.of(REPLACED));
        generate.options().stream()
                .filter(GridAxis::isSetting)
                .map(one -> one.longestName().replaceFirst("^--", ""))
                .forEach(known::add);
        String nearest = NearestName.of(name, known);
        return "%s %s: %s"
                .formatted(
                        option,
                        name,
                        nearest == null
                                ? "no setting of generate; known are " + String.join(", ", known)
                                : "no setting of generate; did you mean " + nearest + "?");
    }

    private static List<String> values(String text) {
        List<String> values = new ArrayList<>();
        Matcher matcher = VALUE.matcher(text);
        int end = 0;
        while (end <= text.length() && matcher.find(end)) {
            values.add(
                    matcher.group(1) == null
                            ? matcher.group(2).strip()
                            : matcher.group(1).replace("\"\"", "\""));
            end = matcher.end();
            if (matcher.group(3).isEmpty()) {
                return values;
            }
        }
        throw new IllegalArgumentException("%s: a quote is not closed, or something follows it".formatted(text));
    }

    /** The title of a column or row. */
    String label(int index) {
        return name.equals(REPLACED) ? values.get(index) : name + " " + values.get(index);
    }

    /** The titles in order. */
    List<String> labels() {
        return IntStream.range(0, values.size()).mapToObj(this::label).toList();
    }

    /**
     * The arguments of generate with one of the values.
     *
     * @throws IllegalArgumentException if what is searched is in no prompt
     */
    List<String> applied(List<String> arguments, int index) {
        return name.equals(REPLACED) ? replaced(arguments, values.get(index)) : with(arguments, values.get(index));
    }

    private List<String> with(List<String> arguments, String value) {
        String option = "--" + name;
        List<String> changed = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i).equals(option)) {
                i++; // its value goes, too
            } else if (!arguments.get(i).startsWith(option + "=")) {
                changed.add(arguments.get(i));
            }
        }
        changed.add(option + "=" + value);
        return changed;
    }

    private List<String> replaced(List<String> arguments, String value) {
        List<String> changed = new ArrayList<>();
        boolean found = false;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            boolean isPrompt = i > 0 && PROMPTS.contains(arguments.get(i - 1))
                    || PROMPTS.stream().anyMatch(option -> argument.startsWith(option + "="));
            found |= isPrompt && argument.contains(values.get(0));
            changed.add(isPrompt ? argument.replace(values.get(0), value) : argument);
        }
        if (!found) {
            throw new IllegalArgumentException(
                    "s/r: \"%s\" is in no prompt; the first value is the one that is replaced"
                            .formatted(values.get(0)));
        }
        return changed;
    }
}
