package org.sd15.spark.row;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Settings as JSON, of a stage or of a row: those of all runs and those of a method, in one object.
 *
 * @param run those of all runs
 * @param method those of a method, of its own record
 */
record Settings<M>(RunOptions run, M method) {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL)) // a null in a list or a map
            .build();

    private static final List<String> OF_RUNS = names(RunOptions.class);

    private static List<String> names(Class<?> record) {
        return Arrays.stream(record.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
    }

    /** An object with the settings of others in it, those of later ones in the place of earlier ones. */
    static ObjectNode merged(ObjectNode first, ObjectNode second) {
        return first.deepCopy().setAll(second);
    }

    /** An empty object. */
    static ObjectNode none() {
        return JSON.createObjectNode();
    }

    /**
     * An object of a cell or of a parameter.
     *
     * @param text null or blank for an empty one
     * @throws IllegalArgumentException if it is no object
     */
    static ObjectNode parse(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return none();
        }
        try {
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("the settings are no JSON: " + broken.getOriginalMessage(), broken);
        }
        throw new IllegalArgumentException("the settings must be a JSON object, such as {\"steps\": 20}");
    }

    /**
     * Settings of an object.
     *
     * @param method the record of the method's settings
     * @throws IllegalArgumentException if a setting is not known or has a value of another kind; the message names it
     */
    static <M> Settings<M> of(ObjectNode all, Class<M> method) {
        ObjectNode run = none();
        ObjectNode own = none();
        all.properties().forEach(entry -> {
            ObjectNode part = OF_RUNS.contains(entry.getKey()) ? run : own;
            part.set(entry.getKey(), entry.getValue());
        });
        return new Settings<>(read(run, RunOptions.class), read(own, method));
    }

    private static <T> T read(JsonNode node, Class<T> type) {
        try {
            return JSON.treeToValue(node, type);
        } catch (UnrecognizedPropertyException unknown) {
            TreeSet<Object> known = new TreeSet<>(unknown.getKnownPropertyIds());
            known.addAll(unknown.getReferringClass() == type ? OF_RUNS : List.of());
            throw new IllegalArgumentException(
                    "unknown setting \"%s\"; there are %s".formatted(unknown.getPropertyName(), known), unknown);
        } catch (JsonMappingException problem) {
            throw new IllegalArgumentException(
                    "the setting \"%s\": %s".formatted(path(problem), reason(problem)), problem);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String path(JsonMappingException problem) {
        return problem.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(name -> name != null)
                .collect(Collectors.joining("."));
    }

    /** What a record refused, in its own words, or what Jackson says. */
    private static String reason(JsonMappingException problem) {
        return problem.getCause() instanceof IllegalArgumentException refused
                ? String.valueOf(refused.getMessage())
                : problem.getOriginalMessage();
    }
}
