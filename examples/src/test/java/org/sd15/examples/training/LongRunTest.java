package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.examples.training.LongRun.Milestones;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.Passes;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingState;

class LongRunTest {

    @TempDir
    private Path folder;

    /** A model of one number. */
    private record OneNumber(INDArray number) implements Passes {

        @Override
        public Map<String, INDArray> parameters() {
            return Map.of("number", number);
        }

        @Override
        public Pass next(int among) {
            return new Pass(1, null, 1, Map.of("number", Nd4j.createFromArray(1f)));
        }

        @Override
        public void save(TrainingState into) {}

        @Override
        public void restore(TrainingState from) {}
    }

    private static Trainer trainer(int steps) {
        return new Trainer(
                new OneNumber(Nd4j.createFromArray(0f)), TrainingSettings.of(LearningRate.constant(1e-3, steps)));
    }

    private LongRun run() {
        return LongRun.lasting(folder, Map.of("plan", "a"), Duration.ofMinutes(5));
    }

    @Test
    void milestonesAreEverySoManyStepsAndTheLastOne() throws Exception {
        List<Integer> reached = new ArrayList<>();
        run().go(trainer(5), 5, new Milestones(2, reached::add));
        assertThat(reached).containsExactly(2, 4, 5);
    }

    @Test
    void aMilestoneThatIsTheLastStepIsReachedOnceAndNotAgainByARunThatIsOver() throws Exception {
        List<Integer> reached = new ArrayList<>();
        run().go(trainer(3), 3, new Milestones(3, reached::add));
        run().go(trainer(3), 3, new Milestones(3, reached::add));
        assertThat(reached).containsExactly(3);
    }

    /** The plan of the steps is no part of the plan that has to be the same. */
    @Test
    void aRunMayBeMadeLonger() throws Exception {
        run().go(trainer(3), 3);
        Trainer longer = trainer(5);
        run().go(longer, 5);
        assertThat(longer.done()).isEqualTo(5);
    }

    @Test
    void whoAsksTheProcessToEndWaitsUntilWhatWasDoneIsKept() throws Exception {
        StopSignal signal = new StopSignal();
        assertThat(signal.isGiven()).isFalse();
        AtomicBoolean ended = new AtomicBoolean();
        Thread asking = new Thread(() -> {
            signal.hold();
            ended.set(true);
        });
        asking.start();
        while (!signal.isGiven()) {
            Thread.onSpinWait();
        }
        assertThat(ended).isFalse();
        signal.close();
        asking.join(10_000);
        assertThat(ended).isTrue();
    }
}
