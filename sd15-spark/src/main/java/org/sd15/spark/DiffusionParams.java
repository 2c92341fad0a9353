package org.sd15.spark;

import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.Params;

/**
 * The parameters that all stages have. Each row is a run of its own with a seed of its own, so its result does not depend on
 * partitions, executors or threads.
 *
 * @param <S> the stage, which its setters return
 */
public interface DiffusionParams<S> extends Params {

    /** Keeps a row that can't be done, with its error in the error column. */
    String PERMISSIVE = "PERMISSIVE";

    /** Ends the job with the first row that can't be done. */
    String FAILFAST = "FAILFAST";

    /** Where executors find the model. */
    default Param<String> model() {
        return new Param<>(
                this,
                "model",
                "where executors find the model: a path on a file system that all of them see, files:NAME for what SparkContext.addFile or addArchive sent, or embedded for the small one that draws coloured shapes");
    }

    /** See {@link #model()}. */
    default String getModel() {
        return getOrDefault(model());
    }

    /** See {@link #model()}. */
    default S setModel(String location) {
        return with(model(), location);
    }

    /** The column of prompts. */
    default Param<String> promptCol() {
        return new Param<>(this, "promptCol", "column of prompts: what is drawn, or what a given picture shows");
    }

    /** See {@link #promptCol()}. */
    default String getPromptCol() {
        return getOrDefault(promptCol());
    }

    /** See {@link #promptCol()}. */
    default S setPromptCol(String column) {
        return with(promptCol(), column);
    }

    /** The column of given pictures. */
    default Param<String> pictureCol() {
        return new Param<>(
                this,
                "pictureCol",
                "column of given pictures: bytes of files as the source binaryFile has them, or pixels of the source image");
    }

    /** See {@link #pictureCol()}. */
    default S setPictureCol(String column) {
        return with(pictureCol(), column);
    }

    /** The column of seeds. */
    default Param<String> seedCol() {
        return new Param<>(this, "seedCol", "column of seeds, whole numbers; without it each row has the same seed");
    }

    /** See {@link #seedCol()}. */
    default S setSeedCol(String column) {
        return with(seedCol(), column);
    }

    /** The column of the rows' own settings. */
    default Param<String> settingsCol() {
        return new Param<>(
                this, "settingsCol", "column of the rows' own settings, JSON objects, in the place of the stage's");
    }

    /** See {@link #settingsCol()}. */
    default S setSettingsCol(String column) {
        return with(settingsCol(), column);
    }

    /** The column of the results. */
    default Param<String> outputCol() {
        return new Param<>(this, "outputCol", "column of the pictures that are made, bytes of PNG files");
    }

    /** See {@link #outputCol()}. */
    default String getOutputCol() {
        return getOrDefault(outputCol());
    }

    /** See {@link #outputCol()}. */
    default S setOutputCol(String column) {
        return with(outputCol(), column);
    }

    /** The column of errors. */
    default Param<String> errorCol() {
        return new Param<>(this, "errorCol", "column of what is wrong with a row, null where nothing is");
    }

    /** See {@link #errorCol()}. */
    default String getErrorCol() {
        return getOrDefault(errorCol());
    }

    /** See {@link #errorCol()}. */
    default S setErrorCol(String column) {
        return with(errorCol(), column);
    }

    /** What becomes of a row that can't be done. */
    default Param<String> mode() {
        return new Param<>(
                this,
                "mode",
                "what becomes of a row that can't be done: PERMISSIVE keeps it with its error, FAILFAST ends the job",
                ParamValidators.inArray(new String[] {PERMISSIVE, FAILFAST}));
    }

    /** See {@link #mode()}. */
    default String getMode() {
        return getOrDefault(mode());
    }

    /** See {@link #mode()}. */
    default S setMode(String name) {
        return with(mode(), name);
    }

    /** Sampler steps. */
    default IntParam steps() {
        return new IntParam(this, "steps", "sampler steps (>= 1)", ParamValidators.gtEq(1));
    }

    /** See {@link #steps()}. */
    default S setSteps(int number) {
        return with(steps(), number);
    }

    /** The scale of classifier-free guidance. */
    default DoubleParam guidance() {
        return new DoubleParam(this, "guidance", "scale of classifier-free guidance (>= 0)", ParamValidators.gtEq(0));
    }

    /** See {@link #guidance()}. */
    default S setGuidance(double scale) {
        return with(guidance(), scale);
    }

    /** The scheduler. */
    default Param<String> scheduler() {
        return new Param<>(this, "scheduler", "name of the scheduler; unset for the model's own, and DDIM for edits");
    }

    /** See {@link #scheduler()}. */
    default S setScheduler(String name) {
        return with(scheduler(), name);
    }

    /** The seed of rows that have none. */
    default LongParam seed() {
        return new LongParam(
                this, "seed", "seed of torch's generator for rows that have none of their own; 42 if unset");
    }

    /** See {@link #seed()}. */
    default S setSeed(long number) {
        return with(seed(), number);
    }

    /** All other settings. */
    default Param<String> settings() {
        return new Param<>(this, "settings", "all other settings, of the runs and of the method, as a JSON object");
    }

    /** See {@link #settings()}. */
    default S setSettings(String json) {
        return with(settings(), json);
    }

    @SuppressWarnings("unchecked")
    private <T> S with(Param<T> param, T value) {
        set(param, value);
        return (S) this;
    }
}
