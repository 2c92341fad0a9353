package org.sd15.spark.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.machine.Lanes;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.spark.executor.ExecutorModels;
import org.sd15.spark.executor.ModelLocation;

/**
 * What a stage does in a task: each row gets the cells of its results behind its own, one row at a time as they are asked
 * for. The model is the executor's, and nothing of it is sent.
 *
 * @param model where it is
 * @param work what is done with a row
 * @param columns where a row has its inputs
 * @param settings of the stage, as JSON
 * @param permissive whether a row at fault is kept with its error, and doesn't end the job
 * @param schema of the rows with their results
 */
public record RowJob(
        ModelLocation model, RowWork work, RowColumns columns, String settings, boolean permissive, StructType schema)
        implements MapPartitionsFunction<Row, Row> {

    private static final long serialVersionUID = 1;

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        return new Results(rows);
    }

    private static void endIfKilled(TaskContext task) {
        if (task.isInterrupted()) {
            throw new TaskKilledException("killed between two steps");
        }
    }

    /** The rows with their results. */
    private final class Results implements Iterator<Row> {

        private final Iterator<Row> rows;
        private final TaskContext task = TaskContext.get();
        private final ObjectNode stage = Settings.parse(settings);
        private @Nullable StableDiffusion opened;

        Results(Iterator<Row> rows) {
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            return rows.hasNext();
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no row is left");
            }
            Row row = rows.next();
            StableDiffusion open = open();
            try {
                return RowCells.joined(row, done(open, row), null, schema);
            } catch (IllegalArgumentException | IOException | ArithmeticException fault) {
                String message = String.valueOf(fault.getMessage());
                if (!permissive) {
                    throw new IllegalArgumentException(
                            "a row can't be done, and the mode is FAILFAST: " + message, fault);
                }
                return RowCells.joined(row, RowCells.empty(work.columns().size()), message, schema);
            }
        }

        private List<@Nullable Object> done(StableDiffusion open, Row row) throws IOException {
            return work.on(open, columns.input(row, stage), () -> endIfKilled(task));
        }

        /** Opened with the first row: a partition without rows needs no model. */
        private StableDiffusion open() {
            StableDiffusion known = opened;
            if (known == null) {
                ExecutorModels.Lease lease = lease();
                Lanes.limit(Math.max(1, task.cpus())); // after the model, which loads the natives that are told
                TaskCompletionListener end = ended -> lease.close();
                task.addTaskCompletionListener(end);
                known = lease.model();
                opened = known;
            }
            return known;
        }

        private ExecutorModels.Lease lease() {
            try {
                return ExecutorModels.here().lease(model);
            } catch (IOException gone) {
                throw new UncheckedIOException(gone.getMessage(), gone);
            }
        }
    }
}
