package org.sd15.benchmark.method;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Numbers that a method is run with.
 *
 * @param values by name, in the order in which they are shown
 */
public record Settings(Map<String, Double> values) {

    /** No numbers at all. */
    public static final Settings NONE = new Settings(Map.of());

    /** Copies the map. */
    public Settings {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Settings of names and numbers in turn. */
    static Settings of(Object... namesAndNumbers) {
        Settings settings = NONE;
        for (int i = 0; i < namesAndNumbers.length; i += 2) {
            settings = settings.with((String) namesAndNumbers[i], ((Number) namesAndNumbers[i + 1]).doubleValue());
        }
        return settings;
    }

    /**
     * Settings as they are typed.
     *
     * @param text such as {@code cross=0.4,self=0.6}
     * @throws IllegalArgumentException if it is something else
     */
    public static Settings parse(String text) {
        Settings settings = NONE;
        for (String part : text.split(",", -1)) {
            String[] pair = part.split("=", -1);
            try {
                double value = Double.parseDouble(pair[pair.length == 2 ? 1 : 0].strip());
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException(
                            "settings are \"%s\", \"%s\" must be a finite number".formatted(text, pair[0].strip()));
                }
                settings = settings.with(pair[0].strip(), value);
            } catch (NumberFormatException problem) {
                throw new IllegalArgumentException(
                        "settings are \"%s\", must be like cross=0.4,self=0.6".formatted(text), problem);
            }
        }
        return settings;
    }

    /** These settings and one more. */
    public Settings with(String name, double value) {
        Map<String, Double> more = new LinkedHashMap<>(values);
        more.put(name, value);
        return new Settings(more);
    }

    /**
     * A number.
     *
     * @throws IllegalArgumentException if there is none of this name
     */
    public double get(String name) {
        Double value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no setting \"%s\" among %s".formatted(name, values.keySet()));
        }
        return value;
    }

    /** A number, or another if there is none of this name. */
    public double get(String name, double otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    /** Each of several settings with each of several values of one more number. */
    public static List<Settings> by(List<Settings> all, String name, double... choices) {
        List<Settings> more = new ArrayList<>();
        for (Settings settings : all) {
            for (double choice : choices) {
                more.add(settings.with(name, choice));
            }
        }
        return List.copyOf(more);
    }

    /** The settings in words, such as {@code cross 0.4, self 0.6}; also what tells them apart in files. */
    @Override
    public String toString() {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + " " + number(entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
