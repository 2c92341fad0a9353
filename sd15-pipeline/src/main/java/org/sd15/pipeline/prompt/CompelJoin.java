package org.sd15.pipeline.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.prompt.CompelPrompt.Join;
import org.sd15.pipeline.prompt.CompelPrompt.Part;

/** Reads {@code ("a cat", "a dog").blend(0.7, 0.3)} and {@code ("a cat", "a dog").and()}. */
final class CompelJoin {

    private static final Pattern CALL =
            Pattern.compile("\\s*\\.(blend|and|add)\\s*\\(([^()]*)\\)\\s*(.*)", Pattern.DOTALL);
    private static final Pattern WORD =
            Pattern.compile("(?:\\\\[()\".,+=-]|[+-](?![\\s()\".,+=-]|$)|[^\\s()\".,+=-])+");
    private static final Pattern NUMBER = Pattern.compile("[+-]?(?:\\d+\\.\\d*|\\.\\d+)|-?\\d+");
    private static final String NOT_NORMALIZED = "no_normalize";

    private final String name;
    private final List<List<Fragment>> prompts;
    private final List<String> options;

    private CompelJoin(String name, List<List<Fragment>> prompts, List<String> options) {
        this.name = name;
        this.prompts = prompts;
        this.options = options;
    }

    /**
     * A prompt that is such a function, or null for any other.
     *
     * @throws IllegalArgumentException if something stands behind the function, or its arguments have no meaning
     */
    static @Nullable CompelPrompt parse(String prompt) {
        String text = prompt.strip();
        int close = text.startsWith("(") ? closing(text) : -1;
        Matcher call = CALL.matcher(close < 0 ? "" : text.substring(close + 1));
        if (!call.matches()) {
            return null;
        }
        String name = call.group(1);
        if (!call.group(3).isEmpty()) {
            throw new IllegalArgumentException(
                    "\"%s\" stands behind .%s(), which is a whole prompt: take it into one of its prompts"
                            .formatted(call.group(3), name));
        }
        List<List<Fragment>> prompts = split(text.substring(1, close)).stream()
                .map(one -> fragments(name, one.strip()))
                .toList();
        List<String> options = call.group(2).isBlank()
                ? List.of()
                : Arrays.stream(call.group(2).split(",", -1)).map(String::strip).toList();
        return new CompelJoin(name, prompts, options).joined();
    }

    /** Where the bracket at the start of a text is closed; brackets in quotes are text. */
    private static int closing(String text) {
        int depth = 0;
        for (int at = 0; at >= 0 && at < text.length(); at = after(text, at)) {
            depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
            if (depth == 0) {
                return at;
            }
        }
        return -1;
    }

    /** The index behind a symbol, an escaped symbol or a text in quotes; -1 if the quotes are not closed. */
    private static int after(String text, int at) {
        if (text.charAt(at) != '"') {
            return at + (text.charAt(at) == '\\' ? 2 : 1);
        }
        int end = at + 1;
        while (end < text.length() && text.charAt(end) != '"') {
            end += text.charAt(end) == '\\' ? 2 : 1;
        }
        return end < text.length() ? end + 1 : -1;
    }

    /** Cuts at the commas that are in no brackets or quotes. */
    private static List<String> split(String text) {
        List<String> cut = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int at = 0; at < text.length(); at = after(text, at)) {
            char symbol = text.charAt(at);
            depth += symbol == '(' ? 1 : symbol == ')' ? -1 : 0;
            if (symbol == ',' && depth == 0) {
                cut.add(text.substring(from, at));
                from = at + 1;
            }
        }
        cut.add(text.substring(from));
        return cut;
    }

    private static List<Fragment> fragments(String name, String prompt) {
        boolean quoted = prompt.startsWith("\"") && after(prompt, 0) == prompt.length();
        boolean bracketed = prompt.startsWith("(") && closing(prompt) == prompt.length() - 1;
        if (!quoted && !bracketed && !WORD.matcher(prompt).matches()) {
            throw new IllegalArgumentException(
                    ".%s() joins prompts in quotes or brackets, and single words; %s is neither: write \"%s\""
                            .formatted(name, prompt, prompt));
        }
        String inside = quoted || bracketed ? prompt.substring(1, prompt.length() - 1) : prompt;
        CompelPrompt.requireNoFunction(inside);
        return CompelFragments.inner(inside);
    }

    private CompelPrompt joined() {
        boolean blend = name.equals("blend");
        boolean raw =
                blend && !options.isEmpty() && options.get(options.size() - 1).equals(NOT_NORMALIZED);
        double[] weights = weights(raw ? options.subList(0, options.size() - 1) : options);
        double sum = Arrays.stream(weights).sum();
        if (blend && !raw) {
            if (sum == 0) {
                throw new IllegalArgumentException(
                        "the weights of .blend() add up to 0, and are to be divided by that; with %s they are not"
                                .formatted(NOT_NORMALIZED));
            }
            Arrays.setAll(weights, i -> weights[i] / sum);
        }
        List<Part> parts = IntStream.range(0, weights.length)
                .mapToObj(i -> new Part(prompts.get(i), weights[i]))
                .toList();
        return new CompelPrompt(blend ? Join.BLEND : Join.AND, parts);
    }

    private double[] weights(List<String> written) {
        double[] weights = new double[prompts.size()];
        Arrays.fill(weights, 1);
        if (!written.isEmpty() && written.size() != weights.length) {
            throw new IllegalArgumentException(
                    ".%s() has %d weights for %d prompts".formatted(name, written.size(), weights.length));
        }
        for (int i = 0; i < written.size(); i++) {
            if (!NUMBER.matcher(written.get(i)).matches()) {
                throw new IllegalArgumentException("\"%s\" is no weight of .%s()".formatted(written.get(i), name));
            }
            weights[i] = Double.parseDouble(written.get(i));
        }
        return weights;
    }
}
