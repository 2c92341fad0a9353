package org.sd15.spark.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.StableDiffusion;

/** What is done with each row. */
public interface RowWork extends Serializable {

    /** The columns of the results. */
    List<StructField> columns();

    /**
     * Makes sure, before a job starts, that settings can be read and that there are the columns that each row needs.
     *
     * @throws IllegalArgumentException if not
     */
    void check(ObjectNode settings, RowColumns columns);

    /**
     * Does it.
     *
     * @param betweenSteps is called between the steps, and throws if the task was killed
     * @return a cell for each column
     * @throws IllegalArgumentException if the row is at fault
     * @throws IOException if a picture of the row can't be read
     */
    List<@Nullable Object> on(StableDiffusion model, RowInput row, Runnable betweenSteps) throws IOException;
}
