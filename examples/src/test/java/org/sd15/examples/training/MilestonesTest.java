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
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.PictureSource;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.PictureStream;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.vae.VaeLoss;
import org.sd15.testing.Rule;

/** The smallest autoencoder that there is, from nothing, learns one picture. */
class MilestonesTest {

    private static final Path TINY =
            Path.of(System.getProperty("sd15.root"), "examples/consumer/src/main/resources/tiny");

    @TempDir
    private Path folder;

    private final List<Integer> reached = new ArrayList<>();
    private final List<Integer> stopped = new ArrayList<>();

    /** The same picture always. */
    private static final class OnePicture implements PictureSource {

        @Override
        public INDArray next() {
            return Rule.picture("one", DataType.FLOAT, 1, 3, 16, 16);
        }

        @Override
        public void save(TrainingState into) {}

        @Override
        public void restore(TrainingState from) {}
    }

    private boolean run(int steps, int every, int stopAfter) throws IOException {
        Training training = Training.vae(VaeLoss.USUAL)
                .data(new PictureStream(16, 1, new OnePicture()))
                .folder(folder)
                .steps(steps)
                .checkpoints(CheckpointSchedule.NONE.andAtEnd())
                .resume()
                .stopWhen(() -> reached.size() == stopAfter)
                .listener(new Milestones(
                        every, session -> reached.add(session.done()), session -> stopped.add(session.done())))
                .build();
        try (ModelFiles model = ModelFiles.open(TINY).drawingMissingParts(1)) {
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
