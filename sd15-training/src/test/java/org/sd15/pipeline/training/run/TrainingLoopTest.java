package org.sd15.pipeline.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.training.Checkpoints;
import org.sd15.pipeline.training.LearningRate;
import org.sd15.pipeline.training.Passes;
import org.sd15.pipeline.training.RunFolder;
import org.sd15.pipeline.training.Trainer;
import org.sd15.pipeline.training.TrainingSettings;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.TrainingStep;
import org.sd15.pipeline.training.job.TrainingCost;
import org.sd15.pipeline.vae.Vae;

/** Log, checkpoints, stopping and going on, of a model of one number. */
class TrainingLoopTest {

    private static final Map<String, String> PLAN = Map.of("plan", "a");

    @TempDir
    private Path folder;

    private final List<Integer> written = new ArrayList<>();
    private final Listener listener = new Listener();

    /** A model of one number, whose gradient depends on how often it was asked for. */
    private static final class OneNumber implements Passes, TrainingSession.Loaded {

        private final INDArray number = Nd4j.createFromArray(0f);
        private final List<Integer> written;
        private int passes;

        OneNumber(List<Integer> written) {
            this.written = written;
        }

        @Override
        public Map<String, INDArray> parameters() {
            return Map.of("number", number);
        }

        @Override
        public Pass next(int among) {
            passes++;
            return new Pass(passes, null, 1, Map.of("number", Nd4j.createFromArray((float) passes)));
        }

        @Override
        public void save(TrainingState into) {
            into.remark("passes", passes);
        }

        @Override
        public void restore(TrainingState from) {
            passes = from.number("passes");
        }

        @Override
        public StableDiffusion model() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Vae vae() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(Map<String, INDArray> result, Path output, Map<String, String> record) {
            written.add(Integer.valueOf(record.get("sd15.training.steps")));
        }
    }

    /** Writes down what it is told. */
    private static final class Listener implements TrainingListener {

        private final List<String> told = new ArrayList<>();

        @Override
        public void note(String remark) {
            told.add(remark);
        }

        @Override
        public void begun(TrainingSession session) {
            told.add("begun " + session.done());
        }

        @Override
        public void stepped(TrainingStep step, TrainingSession session) {
            told.add("step " + session.done());
        }

        @Override
        public void saved(TrainingSession session) {
            told.add("saved " + session.done());
        }

        @Override
        public void ended(TrainingSession session) {
            told.add("ended " + session.done());
        }
    }

    /** How often a run asked whether to stop. */
    private int asked;

    private float run(String name, int steps, int stopAfter, CheckpointSchedule checkpoints, RunPlan.Start start)
            throws IOException {
        asked = 0;
        RunPlan run = new RunPlan(
                folder.resolve("out"),
                folder.resolve(name),
                1,
                checkpoints,
                start,
                1e9,
                "tiny",
                PLAN,
                PLAN,
                () -> asked++ == stopAfter,
                listener);
        TrainingSettings settings = TrainingSettings.of(LearningRate.constant(1e-2, steps));
        TrainingPlan plan = new TrainingPlan(TrainingPictures.in(folder), settings, run);
        OneNumber model = new OneNumber(written);
        Trainer trainer = new Trainer(model, settings);
        Estimate estimate = new Estimate(new TrainingCost(0, 1, 4, 0, 1, 1), 0.5);
        try (RunFolder own = run.open()) {
            TrainingRecord record = new TrainingRecord().putAll(PLAN);
            var session = new TrainingSession(model, trainer, plan, own, record);
            boolean finished = new TrainingLoop(run, own, record).run(trainer, session, estimate, done -> {});
            assertThat(finished).isEqualTo(trainer.done() == steps);
        }
        return model.number.getFloat(0);
    }

    private List<String> checkpoints(String name) throws IOException {
        Path all = folder.resolve(name).resolve("checkpoints");
        if (!Files.exists(all)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(all)) {
            return files.map(file -> file.getFileName().toString().replaceAll("\\D", ""))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theListenerIsToldWhatHappensInOrder() throws Exception {
        run("run", 3, -1, CheckpointSchedule.every(2), RunPlan.Start.NEW);
        assertThat(listener.told)
                .containsExactly("3 steps, about 2 s", "begun 0", "step 1", "saved 2", "step 2", "step 3", "ended 3");
        assertThat(written).containsExactly(3);
        assertThat(folder.resolve("run/run.json")).content().contains("\"plan\" : \"a\"");
    }

    @Test
    void checkpointsAreWrittenOnTheWayAndAtTheEndAsTheScheduleSays() throws Exception {
        run("none", 3, -1, CheckpointSchedule.NONE, RunPlan.Start.NEW);
        assertThat(checkpoints("none")).isEmpty();
        run("way", 5, -1, CheckpointSchedule.every(2), RunPlan.Start.NEW);
        assertThat(checkpoints("way")).containsExactly("000002", "000004");
        run("end", 5, -1, CheckpointSchedule.every(2).andAtEnd().keeping(3), RunPlan.Start.NEW);
        assertThat(checkpoints("end")).containsExactly("000002", "000004", "000005");
    }

    /** Nothing is written but the checkpoint, and the steps to come have the same bits. */
    @Test
    void aRunThatWasStoppedGoesOnAsIfItHadNotBeen() throws Exception {
        float whole = run("whole", 4, -1, CheckpointSchedule.NONE, RunPlan.Start.NEW);
        written.clear();
        run("parts", 4, 1, CheckpointSchedule.NONE, RunPlan.Start.NEW);
        assertThat(checkpoints("parts")).containsExactly("000001");
        assertThat(written).isEmpty();
        listener.told.clear();
        float parts = run("parts", 4, -1, CheckpointSchedule.NONE, RunPlan.Start.RESUMED);
        assertThat(listener.told.get(0)).startsWith("continuing after step 1, from ");
        assertThat(listener.told).contains("begun 1", "step 2", "ended 4").doesNotContain("step 1");
        assertThat(parts).isEqualTo(whole).isNotZero();
        assertThat(written).containsExactly(4);
        assertThat(TrainingLog.read(folder.resolve("parts")))
                .extracting(TrainingLog.Entry::number)
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void aRunThatIsOverMayBeMadeLongerAndIsNotDoneAgain() throws Exception {
        CheckpointSchedule atEnd = CheckpointSchedule.NONE.andAtEnd();
        run("run", 3, -1, atEnd, RunPlan.Start.NEW);
        listener.told.clear();
        run("run", 3, -1, atEnd, RunPlan.Start.RESUMED);
        assertThat(listener.told).contains("ended 3").noneMatch(told -> told.matches("step.*|saved.*"));
        float longer = run("run", 5, -1, atEnd, RunPlan.Start.RESUMED);
        assertThat(longer).isEqualTo(run("whole", 5, -1, atEnd, RunPlan.Start.NEW));
    }

    /** The trainings of the examples have written such checkpoints before there was more to say. */
    @Test
    void aCheckpointWhoseRecordHasNothingButThePlanIsGoneOnFrom() throws Exception {
        OneNumber model = new OneNumber(written);
        Trainer trainer = new Trainer(model, TrainingSettings.of(LearningRate.constant(1e-2, 2)));
        trainer.forEachRemaining(step -> {});
        try (RunFolder own = RunFolder.open(folder.resolve("run"))) {
            Checkpoints old = own.checkpoints(2);
            old.write(trainer, PLAN);
        }
        float longer = run("run", 4, -1, CheckpointSchedule.NONE, RunPlan.Start.RESUMED);
        assertThat(longer).isEqualTo(run("whole", 4, -1, CheckpointSchedule.NONE, RunPlan.Start.NEW));
    }

    @Test
    void anEarlierRunIsInTheWayUnlessItIsGoneOnWithOrMovedAside() throws Exception {
        CheckpointSchedule atEnd = CheckpointSchedule.NONE.andAtEnd();
        run("run", 1, -1, atEnd, RunPlan.Start.NEW);
        assertThatThrownBy(() -> run("run", 1, -1, atEnd, RunPlan.Start.NEW))
                .isInstanceOfSatisfying(
                        EarlierRunException.class,
                        earlier -> assertThat(earlier.checkpoint())
                                .endsWith(Path.of("checkpoints", "checkpoint-000001.safetensors")))
                .hasMessageContaining("is of an earlier run: go on with it (resume), or begin a new one (startAnew)");
        listener.told.clear();
        run("run", 1, -1, atEnd, RunPlan.Start.ANEW);
        assertThat(listener.told.get(0))
                .startsWith("what an earlier run left is now in ")
                .endsWith("earlier-1");
        assertThat(folder.resolve("run/earlier-1/log.csv")).isRegularFile();
    }

    /** A line may have been cut off when the process was shot; one of a step that is done again is dropped. */
    @Test
    void theLogHasALineForEachStepThatCounts() throws Exception {
        run("run", 4, 3, CheckpointSchedule.NONE, RunPlan.Start.NEW);
        Path log = folder.resolve("run/log.csv");
        List<String> lines = new ArrayList<>(Files.readAllLines(log));
        assertThat(lines).hasSize(4).first().asString().startsWith("step,loss,mean_loss,prior_loss,gradient_norm,");
        lines.add(lines.get(3).replaceFirst("^3,", "4,"));
        lines.add("5,1.0");
        Files.write(log, lines);
        run("run", 4, -1, CheckpointSchedule.NONE, RunPlan.Start.RESUMED);
        assertThat(TrainingLog.read(folder.resolve("run")))
                .extracting(TrainingLog.Entry::loss)
                .containsExactly(1.0, 2.0, 3.0, 4.0);
        assertThat(Files.readAllLines(log)).hasSize(5);
        assertThat(TrainingLog.read(folder)).isEmpty();
    }
}
