package org.sd15.spark;

import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.sd15.spark.row.MapWords;
import org.sd15.spark.row.RowColumns;

/**
 * Finds where the words of each row's prompt are: in its picture, or in the one that the prompt draws. A map is a grey PNG of the
 * picture's size, white where the word draws most attention.
 *
 * <pre>{@code
 * new HeatMapper().setPictureCol("content").setPromptCol("caption").setSteps(20).transform(pictures)
 * }</pre>
 */
public final class HeatMapper extends Transformer implements DiffusionParams<HeatMapper>, DefaultParamsWritable {

    private static final long serialVersionUID = 1;

    private final String uid;

    /** A stage with a new name. */
    public HeatMapper() {
        this(Identifiable.randomUID("heatMapper"));
    }

    /**
     * A stage with a name.
     *
     * @param uid unique among the stages of a pipeline
     */
    public HeatMapper(String uid) {
        this.uid = uid;
        StageRun.setDefaults(this, "seen");
        setDefault(promptCol(), "prompt");
        setDefault(mapsCol(), "maps");
    }

    /** Reads stages that were saved. */
    public static MLReader<HeatMapper> read() {
        return new DefaultParamsReader<>();
    }

    /**
     * A stage that was saved.
     *
     * @param path the folder, as Spark writes it
     */
    public static HeatMapper load(String path) {
        return read().load(path);
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The column of words. */
    public Param<String> wordsCol() {
        return new Param<>(
                this,
                "wordsCol",
                "column of the words to find, arrays of strings; all words of the prompt if unset or null");
    }

    /** See {@link #wordsCol()}. */
    public HeatMapper setWordsCol(String column) {
        set(wordsCol(), column);
        return this;
    }

    /** The column of the heat maps. */
    public Param<String> mapsCol() {
        return new Param<>(this, "mapsCol", "column of the heat maps by word, bytes of PNG files");
    }

    /** See {@link #mapsCol()}. */
    public String getMapsCol() {
        return getOrDefault(mapsCol());
    }

    /** See {@link #mapsCol()}. */
    public HeatMapper setMapsCol(String column) {
        set(mapsCol(), column);
        return this;
    }

    private StageRun run() {
        RowColumns columns = new RowColumns(
                getPromptCol(),
                null,
                column(pictureCol()),
                null,
                column(wordsCol()),
                column(seedCol()),
                column(settingsCol()));
        return new StageRun(this, new MapWords(getOutputCol(), getMapsCol()), columns);
    }

    private @Nullable String column(Param<String> param) {
        return StageRun.optional(this, param);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if a column is missing or of another type, a setting can't be, or the model does not fit
     *     into the executors
     */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        return run().on(dataset);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        return run().schema(schema);
    }

    @Override
    public HeatMapper copy(ParamMap extra) {
        return defaultCopy(extra);
    }
}
