package org.sd15.pipeline.training.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.vae.Vae;

/** A training while it runs, for its listener: where it stands between two steps. It ends with the training. */
public final class TrainingSession {

    private final Loaded loaded;
    private final Trainer trainer;
    private final TrainingPlan plan;
    private final RunFolder folder;
    private final TrainingRecord record;

    /** The model that is loaded for a training. */
    interface Loaded {

        StableDiffusion model() throws IOException;

        Vae vae();

        Map<String, INDArray> parameters();

        void write(Map<String, INDArray> result, Path output, Map<String, String> record) throws IOException;
    }

    TrainingSession(Loaded loaded, Trainer trainer, TrainingPlan plan, RunFolder folder, TrainingRecord record) {
        this.loaded = loaded;
        this.trainer = trainer;
        this.plan = plan;
        this.folder = folder;
        this.record = record;
    }

    /** How many steps are done, those of earlier processes included. */
    public int done() {
        return trainer.done();
    }

    /** How many there are. */
    public int steps() {
        return plan.steps();
    }

    /** The run's folder, for what else is to be kept there. */
    public Path folder() {
        return folder.path();
    }

    /**
     * The model with the weights as they are, to draw pictures with. It is not to be closed.
     *
     * @throws UnsupportedOperationException if the autoencoder learns: nothing else of the model is loaded then
     */
    public StableDiffusion model() throws IOException {
        return loaded.model();
    }

    /** The autoencoder with the weights as they are. It is not to be closed. */
    public Vae vae() {
        return loaded.vae();
    }

    /** What learns, by component and diffusers' name: arrays of the model's own. */
    public Map<String, INDArray> parameters() {
        return loaded.parameters();
    }

    /** What the run has come to: the average of the weights if there is one, else the weights. */
    public Map<String, INDArray> result() {
        return trainer.result();
    }

    /**
     * Writes what the run has come to, as it is written at the end.
     *
     * @param output a file or a folder, see {@link ResultKind}
     */
    public void write(Path output) throws IOException {
        loaded.write(result(), output, record.after(done()));
    }
}
