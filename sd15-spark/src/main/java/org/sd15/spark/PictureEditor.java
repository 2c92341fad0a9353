package org.sd15.spark;

import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.sd15.spark.row.EditPicture;
import org.sd15.spark.row.EditingMethod;
import org.sd15.spark.row.RowColumns;

/**
 * Edits the picture of each row, or the one that its prompt draws, by one of the editing methods.
 *
 * <pre>{@code
 * new PictureEditor().setMethod("prompt-to-prompt").setPictureCol("content").setTargetCol("target")
 *         .setSettings("{\"crossSteps\": 0.8, \"blend\": [[\"cat\", \"dog\"]]}").transform(pictures)
 * }</pre>
 *
 * <p>The settings of a method, in {@link #settings()} or a {@linkplain #settingsCol() column}, have the names that they have over
 * HTTP. A row needs what its method needs: LEDITS++, delta denoising and InstructPix2Pix a picture, all but Attend-and-Excite a
 * target, which is the instruction of InstructPix2Pix and a concept such as {@code +tennis ball} of LEDITS++.
 */
public final class PictureEditor extends Transformer implements DiffusionParams<PictureEditor>, DefaultParamsWritable {

    private static final long serialVersionUID = 1;

    private final String uid;

    /** A stage with a new name. */
    public PictureEditor() {
        this(Identifiable.randomUID("pictureEditor"));
    }

    /**
     * A stage with a name.
     *
     * @param uid unique among the stages of a pipeline
     */
    public PictureEditor(String uid) {
        this.uid = uid;
        StageRun.setDefaults(this, "edited");
        setDefault(method(), EditingMethod.PROMPT_TO_PROMPT.toString());
    }

    /** Reads stages that were saved. */
    public static MLReader<PictureEditor> read() {
        return new DefaultParamsReader<>();
    }

    /**
     * A stage that was saved.
     *
     * @param path the folder, as Spark writes it
     */
    public static PictureEditor load(String path) {
        return read().load(path);
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The column of targets. */
    public Param<String> targetCol() {
        return new Param<>(this, "targetCol", "column of targets: what an edit is to make of the picture");
    }

    /** See {@link #targetCol()}. */
    public PictureEditor setTargetCol(String column) {
        set(targetCol(), column);
        return this;
    }

    /** The editing method. */
    public Param<String> method() {
        return new Param<>(
                this,
                "method",
                "editing method: " + String.join(", ", EditingMethod.names()),
                ParamValidators.inArray(EditingMethod.names()));
    }

    /** See {@link #method()}. */
    public String getMethod() {
        return getOrDefault(method());
    }

    /** See {@link #method()}. */
    public PictureEditor setMethod(String name) {
        set(method(), name);
        return this;
    }

    private StageRun run() {
        RowColumns columns = new RowColumns(
                column(promptCol()),
                column(targetCol()),
                column(pictureCol()),
                null,
                null,
                column(seedCol()),
                column(settingsCol()));
        return new StageRun(this, new EditPicture(EditingMethod.of(getMethod()), getOutputCol()), columns);
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
    public PictureEditor copy(ParamMap extra) {
        return defaultCopy(extra);
    }
}
