package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.LowRank;
import org.sd15.examples.EmbeddedModel;
import org.sd15.pipeline.ModelFiles;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.job.Method;
import org.sd15.pipeline.training.run.BatchStream;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.Training;
import org.sd15.testing.Rule;

/** A LoRA of one layer learns from one batch. */
class MilestonesTest {

    private static final Method.Lora ONE_LAYER =
            new Method.Lora(new LowRank(1, 1), AdaptedLayers.of("mid_block.attentions.0.proj_in"), false);

    @TempDir
    private Path folder;

    private final List<Integer> reached = new ArrayList<>();
    private final List<Integer> stopped = new ArrayList<>();

    /** The same batch always. */
    private record OneBatch(TrainingBatch batch) implements BatchSource {

        @Override
        public TrainingBatch next() {
            return batch;
        }

        @Override
        public void save(TrainingState into) {}

        @Override
        public void restore(TrainingState from) {}
    }

    private static BatchSource batches() {
        INDArray latents = Rule.input("latents", DataType.FLOAT, 1, 4, 4, 4);
        INDArray noise = Rule.input("noise", DataType.FLOAT, 1, 4, 4, 4);
        INDArray text = Rule.input("context", DataType.FLOAT, 1, 77, 128);
        return new OneBatch(TrainingBatch.of(latents, noise, new int[] {500}, new Texts.States(text)));
    }

    private boolean run(int steps, int every, int stopAfter) throws IOException {
        Training training = Training.lora(ONE_LAYER)
                .data(new BatchStream(16, 1, (job, objective) -> batches()))
                .folder(folder)
                .steps(steps)
                .checkpoints(CheckpointSchedule.NONE.andAtEnd())
                .resume()
                .stopWhen(() -> reached.size() == stopAfter)
                .listener(new Milestones(
                        every, session -> reached.add(session.done()), session -> stopped.add(session.done())))
                .build();
        try (ModelFiles model = ModelFiles.open(EmbeddedModel.folder())) {
            return training.run(model);
        }
    }

    @Test
    void theyAreEverySoManyStepsAndTheLastOne() throws Exception {
        assertThat(run(5, 2, -1)).isTrue();
        assertThat(reached).containsExactly(2, 4, 5);
        assertThat(stopped).isEmpty();
        assertThat(folder.resolve("loss.png")).isRegularFile();
    }

    @Test
    void theLastStepIsReachedOnceAndNotAgainByARunThatIsOver() throws Exception {
        run(3, 3, -1);
        run(3, 3, -1);
        assertThat(reached).containsExactly(3);
    }

    @Test
    void whatATrainingHasComeToIsLookedAtWhereItStops() throws Exception {
        assertThat(run(5, 2, 1)).isFalse();
        assertThat(stopped).containsExactly(2);
        assertThat(run(5, 2, -1)).isTrue();
        assertThat(reached).containsExactly(2, 4, 5);
        assertThat(stopped).containsExactly(2);
    }
}
