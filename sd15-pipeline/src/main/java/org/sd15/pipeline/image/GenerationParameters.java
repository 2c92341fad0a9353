package org.sd15.pipeline.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a picture was made, in the form of the web UI's {@code parameters} text: the prompt, the negative prompt after {@code
 * Negative prompt:}, both of any number of lines, and a last line {@code Steps: 20, Sampler: Euler a, CFG scale: 7.5, ...}.
 * A value with a comma, a colon or a line break is written as a JSON string.
 *
 * @param prompt what was asked for
 * @param negativePrompt what was to be avoided; empty if there was nothing
 * @param values all else by key, in order
 * @see <a href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/Features#png-info">the web UI's PNG info</a>
 */
public record GenerationParameters(String prompt, String negativePrompt, Map<String, String> values) {

    private static final String NEGATIVE = "Negative prompt:";

    /** Fewer pairs than this are no line of values but part of a prompt, as in the web UI. */
    private static final int FEWEST_VALUES = 3;

    /** A key and its colon. Keys of the web UI and its extensions are shorter than this by far. */
    private static final Pattern KEY =
            Pattern.compile("\\s*(\\w[\\w \\-/]{1,200}):\\s*", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern NEEDS_QUOTES = Pattern.compile("[,:\\n]");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Copies the values. */
    public GenerationParameters {
        values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Reads a text, whatever it is: without a line of values, all of it is prompts. */
    public static GenerationParameters parse(String text) {
        List<String> lines = new ArrayList<>(text.strip().lines().toList());
        Map<String, String> values = new LinkedHashMap<>();
        if (!lines.isEmpty()) {
            values = values(lines.get(lines.size() - 1));
            if (values.size() < FEWEST_VALUES) {
                values = new LinkedHashMap<>();
            } else {
                lines.remove(lines.size() - 1);
            }
        }
        List<String> prompt = new ArrayList<>();
        List<String> negative = new ArrayList<>();
        List<String> current = prompt;
        for (String line : lines) {
            String rest = line.strip();
            if (rest.startsWith(NEGATIVE)) {
                current = negative;
                rest = rest.substring(NEGATIVE.length()).strip();
            }
            current.add(rest);
        }
        return new GenerationParameters(String.join("\n", prompt), String.join("\n", negative), values);
    }

    private static Map<String, String> values(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        Matcher key = KEY.matcher(line);
        int at = 0;
        while (at < line.length() && key.find(at)) {
            int end = endOfValue(line, key.end());
            values.put(key.group(1), unquoted(line.substring(key.end(), end)));
            at = end + 1;
        }
        return values;
    }

    /** The comma after a value, or the end of the line. */
    private static int endOfValue(String line, int begin) {
        if (line.startsWith("\"", begin)) {
            int quote = begin + 1;
            while (quote < line.length() && line.charAt(quote) != '"') {
                quote += line.charAt(quote) == '\\' ? 2 : 1;
            }
            int end = quote + 1;
            if (end == line.length() || line.startsWith(",", end)) {
                return end;
            }
        }
        int comma = line.indexOf(',', begin);
        return comma < 0 ? line.length() : comma;
    }

    private static String unquoted(String value) {
        String text = value.strip();
        if (text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")) {
            try {
                return JSON.readValue(text, String.class);
            } catch (JsonProcessingException plain) {
                return text; // quotes that belong to the text
            }
        }
        return text;
    }

    /** The text, which {@link #parse} reads. */
    public String text() {
        String avoided = negativePrompt.isEmpty() ? "" : "\n%s %s".formatted(NEGATIVE, negativePrompt);
        String line = values.entrySet().stream()
                .map(value -> value.getKey() + ": " + quoted(value.getValue()))
                .collect(Collectors.joining(", "));
        return prompt + avoided + "\n" + line;
    }

    private static String quoted(String value) {
        if (!NEEDS_QUOTES.matcher(value).find()) {
            return value;
        }
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a text can't be written as JSON", impossible);
        }
    }
}
