package org.sd15.importer.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;

/**
 * Reads a configuration file key by key and, at the end, holds it to account for every key.
 *
 * <pre>
 * ConfigReader config = ConfigReader.read(folder.resolve("config.json"));
 * int channels = config.integer("in_channels", 4);
 * config.only("act_fn", "silu", "swish");
 * config.irrelevant("sample_size");
 * config.finish();
 * </pre>
 *
 * <p>A key that is absent has its default. {@link #finish} refuses, in one message, every value of the wrong kind, every
 * value outside an {@link #only} and every key that was not asked for, unless it is null or false, a list of
 * such, or its name starts with an underscore. Until then a refused key reads as its default: build
 * nothing from the values before {@code finish}.
 */
public final class ConfigReader {

    /** Refusals in one message; a file of nothing but strange keys would else be shown as a whole. */
    private static final int MOST_SHOWN = 20;

    private final Path file;
    private final ObjectNode root;
    private final Set<String> known = new HashSet<>();
    private final List<String> refusals = new ArrayList<>();

    private ConfigReader(Path file, ObjectNode root) {
        this.file = file;
        this.root = root;
    }

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws ImportException if it holds anything else
     */
    public static ConfigReader read(Path file) throws IOException {
        return new ConfigReader(file, StrictJson.readObject(file));
    }

    /**
     * Reads a configuration that was read as JSON before.
     *
     * @param file where it came from, for errors
     */
    public static ConfigReader of(Path file, ObjectNode root) {
        return new ConfigReader(file, root);
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /** Whether the key is there, with a value that is not null. */
    public boolean has(String key) {
        return root.hasNonNull(key);
    }

    /** Whether the key is absent, null, or a list without anything in it. */
    public boolean isEmptyList(String key) {
        return !has(key) || (root.path(key).isArray() && root.path(key).isEmpty());
    }

    /** Whether the key is absent, null, or a number up to a limit, which minus infinity is. */
    public boolean isAtMost(String key, double limit) {
        return !has(key) || (root.path(key).isNumber() && root.path(key).doubleValue() <= limit);
    }

    /** A whole number of 32 bits. */
    public int integer(String key, int defaultValue) {
        return read(key, defaultValue, "a whole number", JsonValues::isInt, JsonNode::intValue);
    }

    /** A number; what is too large for a double is refused, as it would be infinite. */
    public double number(String key, double defaultValue) {
        return read(key, defaultValue, "a number", JsonValues::isFinite, JsonNode::doubleValue);
    }

    /** A truth value. */
    public boolean flag(String key, boolean defaultValue) {
        return read(key, defaultValue, "true or false", JsonNode::isBoolean, JsonNode::booleanValue);
    }

    /** A text. */
    public String text(String key, String defaultValue) {
        return read(key, defaultValue, "a text", JsonNode::isTextual, JsonNode::textValue);
    }

    /**
     * A text that names a choice.
     *
     * @param choices what is implemented, by the texts that name it
     * @param defaultChoice one of these texts
     */
    public <T> T choice(String key, Map<String, T> choices, String defaultChoice) {
        return read(
                key,
                Objects.requireNonNull(choices.get(defaultChoice)),
                "one of " + String.join(", ", new TreeSet<>(choices.keySet())),
                value -> value.isTextual() && choices.containsKey(value.textValue()),
                value -> Objects.requireNonNull(choices.get(value.textValue())));
    }

    /** A list of whole numbers. */
    public List<Integer> integers(String key, List<Integer> defaultValue) {
        return list(key, defaultValue, "a list of whole numbers", JsonValues::isInt, JsonNode::intValue);
    }

    /** A list of numbers. */
    public List<Double> numbers(String key, List<Double> defaultValue) {
        return list(key, defaultValue, "a list of numbers", JsonValues::isFinite, JsonNode::doubleValue);
    }

    /** A list of texts. */
    public List<String> texts(String key, List<String> defaultValue) {
        return list(key, defaultValue, "a list of texts", JsonNode::isTextual, JsonNode::textValue);
    }

    private <T> List<T> list(
            String key, List<T> defaultValue, String what, Predicate<JsonNode> fits, Function<JsonNode, T> value) {
        return read(key, defaultValue, what, JsonValues.list(fits), JsonValues.each(value));
    }

    /** A list of constants, spelt in the file as in Java. */
    public <E extends Enum<E>> List<E> constants(String key, Class<E> type, List<E> defaultValue) {
        List<String> names =
                Arrays.stream(type.getEnumConstants()).map(Enum::name).toList();
        return list(
                key,
                defaultValue,
                "a list of " + String.join(", ", names),
                item -> names.contains(item.asText()),
                item -> Enum.valueOf(type, item.asText()));
    }

    /**
     * A whole number, or a list that says the same number for every level of the model. Lists with several values are
     * refused.
     */
    public int sameEverywhere(String key, int defaultValue) {
        return read(
                key,
                defaultValue,
                "one whole number, or a list of equal ones",
                value -> JsonValues.isInt(JsonValues.first(value)) && JsonValues.isUniform(value),
                value -> JsonValues.first(value).intValue());
    }

    /** A whole number for each of a model's levels: a list of them, or one that is that of all. */
    public List<Integer> eachLevel(String key, int levels, int defaultValue) {
        return read(
                key,
                Collections.nCopies(levels, defaultValue),
                "one whole number, or one for each level",
                JsonValues.orList(JsonValues::isInt),
                value -> value.isArray()
                        ? JsonValues.each(JsonNode::intValue).apply(value)
                        : Collections.nCopies(levels, value.intValue()));
    }

    /**
     * Declares the values that are implemented. Numbers compare by value, so 1 is 1.0.
     *
     * @param implemented texts, numbers, truth values; the first is the default
     */
    public void only(String key, Object... implemented) {
        List<String> names = Arrays.stream(implemented).map(JsonValues::show).toList();
        read(
                key,
                implemented[0],
                (names.size() == 1 ? "" : "one of ") + String.join(", ", names),
                value -> Arrays.stream(implemented).anyMatch(candidate -> JsonValues.equal(value, candidate)),
                value -> value);
    }

    /** Declares keys that may have any value, as nothing that is computed here depends on them. */
    public void irrelevant(String... keys) {
        known.addAll(List.of(keys));
    }

    /** Declares that all other keys may have any value. */
    public void irrelevantRest() {
        root.fieldNames().forEachRemaining(known::add);
    }

    /** Refuses a key for a reason that no declaration covers, such as two keys that contradict each other. */
    public void refuse(String key, String reason) {
        refusals.add("%s is %s, %s".formatted(key, JsonValues.abbreviate(root.path(key)), reason));
    }

    /**
     * Ends reading.
     *
     * @throws ImportException if anything was refused; the message has the file, all such keys, their values and what is
     *     supported
     */
    public void finish() {
        root.properties().forEach(field -> {
            if (!known.contains(field.getKey()) && !isHarmless(field.getKey(), field.getValue())) {
                refusals.add("%s is %s, which is not supported"
                        .formatted(JsonValues.abbreviate(field.getKey()), JsonValues.abbreviate(field.getValue())));
            }
        });
        if (!refusals.isEmpty()) {
            String more = refusals.size() > MOST_SHOWN ? "; and %,d more".formatted(refusals.size() - MOST_SHOWN) : "";
            throw new ImportException(
                    file, refusals.stream().limit(MOST_SHOWN).collect(Collectors.joining("; ", "", more)));
        }
    }

    private <T> T read(
            String key, T defaultValue, String kind, Predicate<JsonNode> fits, Function<JsonNode, T> convert) {
        known.add(key);
        JsonNode value = root.get(key);
        if (value == null) {
            return defaultValue;
        }
        if (fits.test(value)) {
            return convert.apply(value);
        }
        refusals.add("%s is %s, must be %s".formatted(key, JsonValues.abbreviate(value), kind));
        return defaultValue;
    }

    private static boolean isHarmless(String key, JsonNode value) {
        return key.startsWith("_") || JsonValues.isOff(value);
    }
}
