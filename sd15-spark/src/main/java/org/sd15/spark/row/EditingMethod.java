package org.sd15.spark.row;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The editing methods, by the names that they have on the command line. */
public enum EditingMethod {
    /** The attention of the source draws the target. */
    PROMPT_TO_PROMPT(PromptEdit.class, Input.PROMPT, Input.TARGET),
    /** Concepts are added to a picture or taken away. */
    LEDITS(LeditsSettings.class, Input.PICTURE),
    /** Another pose or shape, with what is seen kept. */
    MASACTRL(MasaCtrlSettings.class, Input.TARGET),
    /** All subjects of a prompt are drawn. */
    ATTEND(AttendEdit.class, Input.PROMPT),
    /** Delta denoising score. */
    DDS(DeltaEdit.class, Input.PROMPT, Input.TARGET, Input.PICTURE),
    /** A picture is moved along a direction between sentences. */
    PIX2PIX_ZERO(ZeroEdit.class, Input.PROMPT),
    /** As an instruction says, with a model that was trained for it. */
    INSTRUCT_PIX2PIX(InstructEdit.class, Input.TARGET, Input.PICTURE);

    /** What a table may have for an edit. */
    private enum Input {
        PROMPT(RowColumns::prompt),
        TARGET(RowColumns::target),
        PICTURE(RowColumns::picture);

        private final Function<RowColumns, @Nullable String> column;

        Input(Function<RowColumns, @Nullable String> column) {
            this.column = column;
        }

        boolean isIn(RowColumns columns) {
            return column.apply(columns) != null;
        }
    }

    private final Class<? extends Edit> settings;
    private final List<Input> needed;

    EditingMethod(Class<? extends Edit> settings, Input... needed) {
        this.settings = settings;
        this.needed = List.of(needed);
    }

    /**
     * Makes sure that a table has what each row needs.
     *
     * @throws IllegalArgumentException if a column is not set
     */
    void require(RowColumns columns) {
        for (Input input : needed) {
            if (!input.isIn(columns)) {
                String column = input.name().toLowerCase(Locale.ROOT);
                throw new IllegalArgumentException(
                        "the method %s needs a column of %ss: set %sCol".formatted(this, column, column));
            }
        }
    }

    Class<? extends Edit> settings() {
        return settings;
    }

    /** All names, as they are written. */
    public static List<String> names() {
        return Arrays.stream(values()).map(EditingMethod::toString).toList();
    }

    /**
     * The method of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static EditingMethod of(String name) {
        return Arrays.stream(values())
                .filter(method -> method.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no editing method \"%s\"; there are %s".formatted(name, names())));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
