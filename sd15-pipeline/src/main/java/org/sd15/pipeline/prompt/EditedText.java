package org.sd15.pipeline.prompt;

import java.util.List;
import java.util.stream.Collectors;

/** A text that changes while a picture is drawn. */
public sealed interface EditedText {

    /**
     * The text at a step.
     *
     * @param step from 1
     * @param steps of the whole run
     */
    String at(int step, int steps);

    /** All texts of all steps; what is not there at the same time is apart. */
    String everything();

    /**
     * Text that stays; brackets of weights are part of it.
     *
     * @param text as written, escapes too
     */
    record Constant(String text) implements EditedText {

        @Override
        public String at(int step, int steps) {
            return text;
        }

        @Override
        public String everything() {
            return text;
        }
    }

    /**
     * Texts one after the other.
     *
     * @param parts in order
     */
    record Sequence(List<EditedText> parts) implements EditedText {

        /** Copies the list. */
        public Sequence {
            parts = List.copyOf(parts);
        }

        @Override
        public String at(int step, int steps) {
            return parts.stream().map(part -> part.at(step, steps)).collect(Collectors.joining());
        }

        @Override
        public String everything() {
            return parts.stream().map(EditedText::everything).collect(Collectors.joining());
        }
    }

    /**
     * One text, then another: {@code [before:after:when]}.
     *
     * @param before the text of the first steps, empty in {@code [after:when]}
     * @param after the text from then on
     * @param when the number of the first steps, or their share if it is written with a point
     */
    record Switch(EditedText before, EditedText after, String when) implements EditedText {

        @Override
        public String at(int step, int steps) {
            return (step <= last(steps) ? before : after).at(step, steps);
        }

        @Override
        public String everything() {
            return before.everything() + " " + after.everything();
        }

        private int last(int steps) {
            double value = Double.parseDouble(when);
            return Math.min(steps, (int) (when.contains(".") ? value * steps : value));
        }
    }

    /**
     * Texts that take turns, one a step: {@code [a|b]}.
     *
     * @param options in order
     */
    record Alternation(List<EditedText> options) implements EditedText {

        /** Copies the list. */
        public Alternation {
            options = List.copyOf(options);
        }

        @Override
        public String at(int step, int steps) {
            return options.get((step - 1) % options.size()).at(step, steps);
        }

        @Override
        public String everything() {
            return options.stream().map(EditedText::everything).collect(Collectors.joining(" "));
        }
    }
}
