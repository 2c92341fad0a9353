package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.RunFolder;

/**
 * Where a run goes, what it is drawn from, what it may take, and how it survives being stopped.
 *
 * @param output what is written at the end, or null for nothing; then there is a folder
 * @param folder for the log, checkpoints and caches, or null for one beside the output
 * @param seed of everything random
 * @param checkpoints when there are any
 * @param start what is done about an earlier run
 * @param memory bytes that the training may take
 * @param modelName what the model is called in the record, or null for the name of its folder
 * @param recorded what else goes into the record
 * @param same what has to be as it was when a run is resumed, or null for all that decides its steps
 * @param stop asked between steps
 * @param listener called with what happens
 */
record RunPlan(
        @Nullable Path output,
        @Nullable Path folder,
        long seed,
        CheckpointSchedule checkpoints,
        Start start,
        double memory,
        @Nullable String modelName,
        Map<String, String> recorded,
        @Nullable Map<String, String> same,
        BooleanSupplier stop,
        TrainingListener listener) {

    /** What is done about an earlier run. */
    enum Start {
        /** There must be none. */
        NEW,
        /** It is resumed. */
        RESUMED,
        /** It is moved aside. */
        ANEW
    }

    /**
     * Opens the run's folder.
     *
     * @throws IOException if another training uses it
     * @throws EarlierRunException if an earlier run left checkpoints there and neither resuming nor starting anew was asked for
     */
    RunFolder open() throws IOException {
        RunFolder opened = RunFolder.open(path());
        try {
            Optional<Path> latest = opened.checkpoints(checkpoints.kept()).latest();
            if (latest.isPresent() && start == Start.NEW) {
                throw new EarlierRunException(latest.get());
            }
            return opened;
        } catch (IOException | RuntimeException problem) {
            opened.close();
            throw problem;
        }
    }

    private Path path() throws IOException {
        return folder == null ? RunFolder.beside(Objects.requireNonNull(output)) : folder;
    }

    /** What the model is called. */
    String nameOf(ModelFiles model) {
        if (modelName != null) {
            return modelName;
        }
        return model.folder()
                .map(path -> String.valueOf(path.toAbsolutePath().normalize().getFileName()))
                .orElse("a single file");
    }
}
