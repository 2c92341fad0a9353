package org.sd15.importer.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** What a JSON value is and how it reads, in the terms of {@link ConfigReader}. */
final class JsonValues {

    private static final int LONGEST_SHOWN = 100;

    private JsonValues() {}

    static boolean isInt(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToInt();
    }

    static boolean isFinite(JsonNode value) {
        return value.isNumber() && Double.isFinite(value.doubleValue());
    }

    /** Null, false, or a list of nothing else: what switches nothing on, for all levels of a model or for each. */
    static boolean isOff(JsonNode value) {
        boolean list = value.isArray() && !value.isEmpty();
        return value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (list && list(JsonValues::isOff).test(value));
    }

    static JsonNode first(JsonNode value) {
        return value.isArray() ? value.path(0) : value;
    }

    static boolean isUniform(JsonNode value) {
        for (JsonNode item : value) {
            if (!item.equals(value.get(0))) {
                return false;
            }
        }
        return true;
    }

    static Predicate<JsonNode> list(Predicate<JsonNode> item) {
        return value -> {
            if (!value.isArray()) {
                return false;
            }
            for (JsonNode each : value) {
                if (!item.test(each)) {
                    return false;
                }
            }
            return true;
        };
    }

    /** One value, or a list of such. */
    static Predicate<JsonNode> orList(Predicate<JsonNode> item) {
        return item.or(list(item));
    }

    static <T> Function<JsonNode, List<T>> each(Function<JsonNode, T> convert) {
        return value -> {
            List<T> items = new ArrayList<>();
            value.forEach(item -> items.add(convert.apply(item)));
            return List.copyOf(items);
        };
    }

    static boolean equal(JsonNode value, Object candidate) {
        if (candidate instanceof Number number) {
            return value.isNumber() && value.doubleValue() == number.doubleValue();
        }
        return candidate instanceof Boolean flag
                ? value.isBoolean() && value.booleanValue() == flag
                : value.isTextual() && value.textValue().equals(candidate);
    }

    static String show(Object value) {
        return value instanceof String text ? '"' + text + '"' : value.toString();
    }

    static String abbreviate(JsonNode value) {
        return abbreviate(value.toString());
    }

    static String abbreviate(String text) {
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
    }
}
