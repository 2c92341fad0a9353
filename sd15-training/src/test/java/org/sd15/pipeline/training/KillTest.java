package org.sd15.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.ChildJvm;
import org.sd15.unet.UNet;

/**
 * A process that trains ten models in ten threads is shot (SIGKILL) at a seeded moment, or as soon as one is seen writing
 * a checkpoint; most of the others are then in the middle of something too. Twenty runs in all; one run that is shot
 * twenty times is in the profile full, as each shot costs the start of a JVM.
 */
class KillTest {

    private static final long PATIENCE_SECONDS = 180;
    private static final int RUNS = 10;
    private static final int SHOTS = 20;
    private static final int MOMENTS_MILLIS = 200;

    @TempDir
    private Path root;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatWasShotLoadsAndContinuesWithTheSameBits(boolean inTheMiddleOfWriting) throws Exception {
        shoot(RUNS, inTheMiddleOfWriting, new Random(inTheMiddleOfWriting ? 1 : 2).nextInt(MOMENTS_MILLIS));
        try (UNet unet = TinyUNet.of(TinyUNet.smallest(), KilledRuns::trains)) {
            List<Path> last = new ArrayList<>();
            for (int run = 0; run < RUNS; run++) {
                List<Path> files = checkpoints(KilledRuns.folder(root, run));
                assertThat(files).hasSizeBetween(1, 3); // two are kept, and the old one goes after the new one came
                for (Path file : files) {
                    Checkpoints.restore(file, KilledRuns.trainer(unet));
                }
                last.add(latest(run).orElseThrow());
            }
            assertAllReachTheSameBits(unet, last);
        }
    }

    /** One training that is shot, goes on, is shot again..., every second time inside the writing of a checkpoint. */
    @Test
    @Tag("full")
    void aRunShotTwentyTimesHasTheBitsOfOneThatNeverWas() throws Exception {
        Random moments = new Random(3);
        for (int shot = 0; shot < SHOTS; shot++) {
            shoot(1, shot % 2 == 1, moments.nextInt(MOMENTS_MILLIS));
        }
        Path last = latest(0).orElseThrow();
        try (UNet unet = TinyUNet.of(TinyUNet.smallest(), KilledRuns::trains)) {
            assertAllReachTheSameBits(unet, List.of(last));
        }
    }

    private static void assertAllReachTheSameBits(UNet unet, List<Path> checkpoints) throws IOException {
        int end = 0;
        for (Path file : checkpoints) {
            Trainer trainer = KilledRuns.trainer(unet);
            Checkpoints.restore(file, trainer);
            end = Math.max(end, trainer.done() + 1);
        }
        Map<String, INDArray> expected;
        try (UNet fresh = TinyUNet.of(TinyUNet.smallest(), KilledRuns::trains)) {
            expected = result(KilledRuns.trainer(fresh), end);
        }
        for (Path file : checkpoints) {
            Trainer trainer = KilledRuns.trainer(unet);
            Checkpoints.restore(file, trainer);
            result(trainer, end).forEach((name, array) -> assertSameBits(file + " " + name, array, expected.get(name)));
        }
    }

    /** The weights and their average after so many steps. */
    private static Map<String, INDArray> result(Trainer trainer, int steps) {
        while (trainer.done() < steps) {
            trainer.next();
        }
        TrainingState state = new TrainingState();
        trainer.save(state);
        Map<String, INDArray> copies = new HashMap<>();
        state.tensors().forEach((name, array) -> copies.put(name, array.dup()));
        return copies;
    }

    /** Starts trainings and shoots them, some time after each has written something. */
    private void shoot(int runs, boolean inTheMiddleOfWriting, int millis) throws Exception {
        List<Optional<Path>> before = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            before.add(latest(run));
        }
        Process process = start(runs);
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (oneStands(before)) {
                assertGoesOn(process, end);
                Thread.sleep(10);
            }
            Thread.sleep(millis);
            while (inTheMiddleOfWriting && !someoneIsWriting(runs)) {
                assertGoesOn(process, end);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private void assertGoesOn(Process process, long end) throws IOException {
        if (!process.isAlive() || System.nanoTime() > end) {
            throw new AssertionError("no longer training, or too slow: " + Files.readString(log()));
        }
    }

    private Optional<Path> latest(int run) throws IOException {
        return new Checkpoints(KilledRuns.folder(root, run), 2).latest();
    }

    private boolean oneStands(List<Optional<Path>> before) throws IOException {
        for (int run = 0; run < before.size(); run++) {
            if (latest(run).equals(before.get(run))) {
                return true;
            }
        }
        return false;
    }

    private boolean someoneIsWriting(int runs) {
        return IntStream.range(0, runs)
                .mapToObj(run -> KilledRuns.folder(root, run).toFile().list())
                .flatMap(Stream::of)
                .anyMatch(name -> name.endsWith(".tmp"));
    }

    private static List<Path> checkpoints(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("checkpoint-"))
                    .toList();
        }
    }

    private Path log() {
        return root.resolve("log");
    }

    private Process start(int runs) throws IOException {
        return ChildJvm.start(KilledRuns.class, log(), root.toString(), String.valueOf(runs));
    }
}
