package org.sd15.spark.row;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** Cells of the rows that come out. */
final class RowCells {

    private RowCells() {}

    /** The cells of a row at fault. */
    static List<@Nullable Object> empty(int columns) {
        return Collections.nCopies(columns, null);
    }

    /**
     * A row with its results and its error behind its own cells.
     *
     * @param schema of all of them: a stage that comes next may get the row as it is, without an encoder between
     */
    static Row joined(Row row, List<@Nullable Object> results, @Nullable String error, StructType schema) {
        List<@Nullable Object> cells = new ArrayList<>();
        for (int i = 0; i < row.length(); i++) {
            cells.add(row.get(i));
        }
        results.forEach(result -> cells.add(external(result)));
        cells.add(error);
        return new GenericRowWithSchema(cells.toArray(), schema);
    }

    /** As Spark's encoder takes it. */
    private static @Nullable Object external(@Nullable Object cell) {
        return cell instanceof Map<?, ?> map ? CollectionConverters.asScala(map) : cell;
    }
}
