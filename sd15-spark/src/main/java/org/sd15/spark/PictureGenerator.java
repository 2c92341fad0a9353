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
import org.sd15.spark.row.DrawPicture;
import org.sd15.spark.row.RowColumns;

/**
 * Draws the prompt of each row: from noise, from a given picture, or where a mask is white.
 *
 * <pre>{@code
 * new PictureGenerator().setModel("/shared/stable-diffusion-v1-5").setSeedCol("seed").setSteps(20).transform(prompts)
 * }</pre>
 *
 * <p>Settings beside the parameters, in {@link #settings()} or a {@linkplain #settingsCol() column}: {@code guidanceRescale},
 * {@code clipSkip}, {@code promptStyle}, {@code width}, {@code height}, {@code negative}; for given pictures {@code resize}
 * (fit, crop, pad, keep), {@code strength}, {@code maskBlur} and {@code invertMask}.
 */
public final class PictureGenerator extends Transformer
        implements DiffusionParams<PictureGenerator>, DefaultParamsWritable {

    private static final long serialVersionUID = 1;

    private final String uid;

    /** A stage with a new name. */
    public PictureGenerator() {
        this(Identifiable.randomUID("pictureGenerator"));
    }

    /**
     * A stage with a name.
     *
     * @param uid unique among the stages of a pipeline
     */
    public PictureGenerator(String uid) {
        this.uid = uid;
        StageRun.setDefaults(this, "picture");
        setDefault(promptCol(), "prompt");
    }

    /** Reads stages that were saved. */
    public static MLReader<PictureGenerator> read() {
        return new DefaultParamsReader<>();
    }

    /**
     * A stage that was saved.
     *
     * @param path the folder, as Spark writes it
     */
    public static PictureGenerator load(String path) {
        return read().load(path);
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The column of masks. */
    public Param<String> maskCol() {
        return new Param<>(
                this,
                "maskCol",
                "column of masks, white where a given picture is painted anew; types as those of pictures");
    }

    /** See {@link #maskCol()}. */
    public PictureGenerator setMaskCol(String column) {
        set(maskCol(), column);
        return this;
    }

    private StageRun run() {
        RowColumns columns = new RowColumns(
                getPromptCol(),
                null,
                column(pictureCol()),
                column(maskCol()),
                null,
                column(seedCol()),
                column(settingsCol()));
        return new StageRun(this, new DrawPicture(getOutputCol()), columns);
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
    public PictureGenerator copy(ParamMap extra) {
        return defaultCopy(extra);
    }
}
