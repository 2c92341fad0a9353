package org.sd15.server.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.words.Window;

/** Reads the fields of a job, each once, and writes down what was read with all defaults. */
public final class Fields {

    private static final int MOST_ENTRIES = 64;

    private final ObjectNode given;
    private final ObjectNode read;
    private final Function<JsonNode, byte[]> pictures;
    private final Map<String, byte[]> uploads = new LinkedHashMap<>();

    /**
     * Fields of a request.
     *
     * @param given as it was sent
     * @param pictures the bytes of a picture, or a {@link IllegalArgumentException} that says why there are none
     */
    public Fields(ObjectNode given, Function<JsonNode, byte[]> pictures) {
        this.given = given;
        this.read = given.objectNode();
        this.pictures = pictures;
    }

    /** All that was read, defaults included; pictures are left out. */
    public ObjectNode read() {
        return read;
    }

    /** The pictures that were sent, by field. */
    public Map<String, byte[]> uploads() {
        return uploads;
    }

    /** Whether there is a value. */
    public boolean has(String name) {
        return given.hasNonNull(name);
    }

    /** A text. */
    public String text(String name, String usual) {
        String text = has(name) ? FieldValues.text(name, given.get(name)) : usual;
        read.put(name, text);
        return text;
    }

    /** A text that may be left out. */
    public @Nullable String text(String name) {
        return has(name) ? text(name, "") : null;
    }

    /** A text that has to be there. */
    public String required(String name) {
        if (!has(name)) {
            throw new FieldProblem(name, "%s is missing".formatted(name));
        }
        return text(name, "");
    }

    /** One of some words, whatever their case. */
    public String choice(String name, String usual, List<String> words) {
        String word = text(name, usual).toLowerCase(Locale.ROOT);
        if (!words.contains(word)) {
            throw new FieldProblem(name, "%s is \"%s\", must be one of %s".formatted(name, word, words));
        }
        read.put(name, word);
        return word;
    }

    /** A whole number. */
    public long whole(String name, long usual, long from, long to) {
        long number = usual;
        if (has(name)) {
            number = FieldValues.whole(name, given.get(name), from, to);
        }
        read.put(name, number);
        return number;
    }

    /** A whole number that may be left out. */
    public @Nullable Integer whole(String name, int from, int to) {
        return has(name) ? (int) whole(name, 0, from, to) : null;
    }

    /** A number. */
    public double number(String name, double usual, double from, double to) {
        double number = has(name) ? FieldValues.number(name, given.get(name), from, to) : usual;
        read.put(name, number);
        return number;
    }

    /** Yes or no. */
    public boolean flag(String name, boolean usual) {
        boolean flag = usual;
        if (has(name)) {
            if (!given.get(name).isBoolean()) {
                throw new FieldProblem(name, "%s must be true or false".formatted(name));
            }
            flag = given.get(name).booleanValue();
        }
        read.put(name, flag);
        return flag;
    }

    /** A part of the steps: a share up to which, or a list of two. */
    public Window window(String name, double from, double to) {
        Window window = has(name) ? FieldValues.window(name, given.get(name)) : new Window(from, to);
        read.putArray(name).add(window.from()).add(window.to());
        return window;
    }

    /** Windows by word. */
    public Map<String, Window> windows(String name) {
        Map<String, Window> windows = new LinkedHashMap<>();
        entries(name).forEach((word, node) -> windows.put(word, FieldValues.window(name, node)));
        ObjectNode out = read.putObject(name);
        windows.forEach((word, window) -> out.putArray(word).add(window.from()).add(window.to()));
        return windows;
    }

    /** Numbers by word. */
    public Map<String, Double> numbers(String name, double from, double to) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        entries(name).forEach((word, node) -> numbers.put(word, FieldValues.number(name, node, from, to)));
        ObjectNode out = read.putObject(name);
        numbers.forEach(out::put);
        return numbers;
    }

    private Map<String, JsonNode> entries(String name) {
        Map<String, JsonNode> entries = new LinkedHashMap<>();
        if (has(name)) {
            if (!given.get(name).isObject() || given.get(name).size() > MOST_ENTRIES) {
                throw new FieldProblem(name, "%s must be an object of words, up to %d".formatted(name, MOST_ENTRIES));
            }
            given.get(name).properties().forEach(entry -> {
                FieldValues.text(name, given.textNode(entry.getKey()));
                entries.put(entry.getKey(), entry.getValue());
            });
        }
        return entries;
    }

    /** Texts. */
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        list(name).forEach(node -> texts.add(FieldValues.text(name, node)));
        ArrayNode out = read.putArray(name);
        texts.forEach(out::add);
        return texts;
    }

    /** Pairs of texts. */
    public List<List<String>> pairs(String name) {
        List<List<String>> pairs = new ArrayList<>();
        for (JsonNode node : list(name)) {
            if (!node.isArray() || node.size() != 2) {
                throw new FieldProblem(
                        name, "%s must be pairs: a word of the source and one of the target".formatted(name));
            }
            pairs.add(List.of(FieldValues.text(name, node.get(0)), FieldValues.text(name, node.get(1))));
        }
        ArrayNode out = read.putArray(name);
        pairs.forEach(pair -> out.addArray().add(pair.get(0)).add(pair.get(1)));
        return pairs;
    }

    /** Objects, each read by itself. */
    public <T> List<T> objects(String name, Function<Fields, T> reader) {
        List<T> objects = new ArrayList<>();
        ArrayNode out = read.putArray(name);
        for (JsonNode node : list(name)) {
            if (!(node instanceof ObjectNode object)) {
                throw new FieldProblem(name, "%s must be a list of objects".formatted(name));
            }
            Fields fields = new Fields(object, pictures);
            objects.add(reader.apply(fields));
            out.add(fields.read);
        }
        return objects;
    }

    private JsonNode list(String name) {
        if (!has(name)) {
            return given.arrayNode();
        }
        JsonNode node = given.get(name);
        if (!node.isArray() || node.size() > MOST_ENTRIES) {
            throw new FieldProblem(name, "%s must be a list of up to %d".formatted(name, MOST_ENTRIES));
        }
        return node;
    }

    /** The bytes of a picture, or null. */
    public byte @Nullable [] picture(String name) {
        if (!has(name)) {
            return null;
        }
        byte[] bytes;
        try {
            bytes = pictures.apply(given.get(name));
        } catch (IllegalArgumentException problem) {
            throw new FieldProblem(name, "%s: %s".formatted(name, problem.getMessage()));
        }
        uploads.put(name, bytes);
        return bytes;
    }
}
