package org.sd15.spark.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a row has to work with; null where there is no column, or nothing in it.
 *
 * @param prompt what is drawn, or what a given picture shows
 * @param target what an edit is to make of it
 * @param picture a given picture, as {@link PictureCell} reads it
 * @param mask white where a given picture is painted anew, likewise
 * @param words whose heat maps are wanted
 * @param settings those of the stage, with those of the row in their place
 */
public record RowInput(
        @Nullable String prompt,
        @Nullable String target,
        @Nullable Object picture,
        @Nullable Object mask,
        @Nullable List<String> words,
        ObjectNode settings) {

    /**
     * Characters of a text at most. A prompt of the web UI's style takes a chunk of text states for each 75 tokens, without
     * a bound.
     */
    private static final int LONGEST_TEXT = 10_000;

    /** Checks texts. */
    public RowInput {
        requireShort("the prompt", prompt);
        requireShort("the target", target);
        if (words != null && words.stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("one of the row's words is null: " + words);
        }
        words = words == null ? null : List.copyOf(words);
    }

    private static void requireShort(String what, @Nullable String text) {
        if (text != null && text.length() > LONGEST_TEXT) {
            throw new IllegalArgumentException(
                    "%s has %,d characters, up to %,d are taken".formatted(what, text.length(), LONGEST_TEXT));
        }
    }

    /**
     * The prompt, which has to be there.
     *
     * @throws IllegalArgumentException if it isn't
     */
    String requirePrompt() {
        return require("prompt", prompt);
    }

    /**
     * The target, which has to be there.
     *
     * @throws IllegalArgumentException if it isn't
     */
    String requireTarget() {
        return require("target", target);
    }

    private static String require(String what, @Nullable String text) {
        if (text == null) {
            throw new IllegalArgumentException("the row has no %s".formatted(what));
        }
        return text;
    }
}
