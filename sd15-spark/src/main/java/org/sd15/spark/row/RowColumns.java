package org.sd15.spark.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * The columns of the inputs by name; null for those that there are not.
 *
 * @param prompt texts
 * @param target texts
 * @param picture bytes of files, or Spark's image schema
 * @param mask likewise
 * @param words lists of texts
 * @param seed whole numbers
 * @param settings JSON
 */
public record RowColumns(
        @Nullable String prompt,
        @Nullable String target,
        @Nullable String picture,
        @Nullable String mask,
        @Nullable String words,
        @Nullable String seed,
        @Nullable String settings)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /**
     * The inputs of a row.
     *
     * @param stage the settings of the stage, in whose place those of the row come
     * @throws IllegalArgumentException if its settings are no JSON, or a text is too long
     */
    RowInput input(Row row, ObjectNode stage) {
        ObjectNode all = Settings.merged(stage, Settings.parse((String) cell(row, settings)));
        if (cell(row, seed) instanceof Number number) {
            all.put("seed", number.longValue());
        }
        List<String> wanted = cell(row, words) == null ? null : row.getList(row.fieldIndex(words));
        return new RowInput(
                (String) cell(row, prompt),
                (String) cell(row, target),
                cell(row, picture),
                cell(row, mask),
                wanted,
                all);
    }

    private static @Nullable Object cell(Row row, @Nullable String column) {
        return column == null ? null : row.get(row.fieldIndex(column));
    }
}
