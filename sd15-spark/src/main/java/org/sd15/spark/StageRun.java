package org.sd15.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.sd15.spark.executor.ExecutorRoom;
import org.sd15.spark.executor.ModelLocation;
import org.sd15.spark.row.RowColumns;
import org.sd15.spark.row.RowJob;
import org.sd15.spark.row.RowWork;
import org.sd15.spark.row.StageSettings;

/**
 * How a stage becomes a job over the rows of a table.
 *
 * @param stage with the parameters
 * @param work what is done with a row
 * @param columns of the inputs
 */
record StageRun(DiffusionParams<?> stage, RowWork work, RowColumns columns) {

    /** The fields of Spark's image schema. */
    private static final List<String> IMAGE = List.of(ImageSchema.imageFields());

    /** Sets the defaults that all stages have. */
    static void setDefaults(DiffusionParams<?> stage, String output) {
        stage.setDefault(stage.model(), ModelLocation.EMBEDDED);
        stage.setDefault(stage.outputCol(), output);
        stage.setDefault(stage.errorCol(), "error");
        stage.setDefault(stage.mode(), DiffusionParams.PERMISSIVE);
    }

    /** The value of a parameter, null if it is not set. */
    @SuppressWarnings("unchecked")
    static <T> @Nullable T optional(DiffusionParams<?> stage, Param<?> param) {
        return stage.isDefined(param) ? (T) stage.getOrDefault(param) : null;
    }

    private StageSettings settings() {
        return new StageSettings(
                StageRun.<Integer>optional(stage, stage.steps()),
                StageRun.<Double>optional(stage, stage.guidance()),
                StageRun.<String>optional(stage, stage.scheduler()),
                StageRun.<Long>optional(stage, stage.seed()),
                StageRun.<String>optional(stage, stage.settings()));
    }

    /**
     * The columns that come out: those that came in, the results, the error.
     *
     * @throws IllegalArgumentException if a column is missing, is of another type or is there already, or a setting can't be
     */
    StructType schema(StructType given) {
        requireText(given, columns.prompt());
        requireText(given, columns.target());
        requireText(given, columns.settings());
        requireType(
                given, columns.seed(), "bigint, int", type -> type instanceof LongType || type instanceof IntegerType);
        requireType(
                given,
                columns.words(),
                "array<string>",
                type -> type instanceof ArrayType array && array.elementType() instanceof StringType);
        requirePicture(given, columns.picture());
        requirePicture(given, columns.mask());
        settings().check(work, columns);
        StructType all = given;
        for (StructField field : results()) {
            if (List.of(all.fieldNames()).contains(field.name())) {
                throw new IllegalArgumentException(
                        "requirement failed: Output column %s already exists.".formatted(field.name()));
            }
            all = all.add(field);
        }
        return all;
    }

    private List<StructField> results() {
        StructField error = DataTypes.createStructField(stage.getErrorCol(), DataTypes.StringType, true);
        return Stream.concat(work.columns().stream(), Stream.of(error)).toList();
    }

    /**
     * The table with the results; nothing is computed before an action asks for rows.
     *
     * @throws IllegalArgumentException as {@link #schema}, or if the model can't fit into the executors
     */
    Dataset<Row> on(Dataset<?> table) {
        StructType schema = schema(table.schema());
        ModelLocation model = new ModelLocation(stage.getModel());
        try {
            ExecutorRoom.require(table.sparkSession().sparkContext().getConf(), model);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable.getMessage(), unreadable);
        }
        boolean permissive = stage.getMode().equals(DiffusionParams.PERMISSIVE);
        RowJob job = new RowJob(model, work, columns, settings().merged(), permissive, schema);
        return table.toDF().mapPartitions(job, Encoders.row(schema));
    }

    private interface Check {

        boolean holds(DataType type);
    }

    private static void requireText(StructType given, @Nullable String column) {
        requireType(given, column, "string", StringType.class::isInstance);
    }

    private static void requirePicture(StructType given, @Nullable String column) {
        requireType(
                given,
                column,
                "binary, struct<%s>".formatted(String.join(",", IMAGE)),
                type -> type instanceof BinaryType
                        || type instanceof StructType struct
                                && List.of(struct.fieldNames()).equals(IMAGE));
    }

    private static void requireType(StructType given, @Nullable String column, String types, Check check) {
        if (column == null) {
            return;
        }
        DataType found = given.apply(column).dataType(); // Spark's own error for a column that is not there
        if (!check.holds(found)) {
            throw new IllegalArgumentException(
                    "requirement failed: Column %s must be of type equal to one of the following types: [%s] but was actually of type %s."
                            .formatted(column, types, found.catalogString()));
        }
    }
}
