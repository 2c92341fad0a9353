package org.sd15.pipeline.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.sd15.unet.UNet;

/**
 * A process that trains small models, several at once, each from its last checkpoint on and with a checkpoint after every
 * step, until it is shot.
 */
final class KilledRuns {

    private static final int FOREVER = 100_000;

    private KilledRuns() {}

    static Path folder(Path root, int run) {
        return root.resolve("run-" + run);
    }

    static boolean trains(String name) {
        return name.contains("attn2");
    }

    static Trainer trainer(UNet unet) {
        TrainingSettings settings =
                TrainingSettings.of(LearningRate.constant(1e-3, FOREVER)).averaging(new EmaDecay(0.9, false));
        return new Trainer(new UNetTraining(unet, name -> true), new DrawnBatches(5), TinyUNet.epsilon(), settings);
    }

    /**
     * Ends by itself only when a training fails: the others would wait for it forever.
     *
     * @param arguments the folder and the number of trainings
     */
    public static void main(String[] arguments) {
        Thread.setDefaultUncaughtExceptionHandler((thread, problem) -> {
            problem.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        int runs = Integer.parseInt(arguments[1]);
        CyclicBarrier together = new CyclicBarrier(runs); // so that none is far ahead and the test has much to repeat
        for (int run = 0; run < runs; run++) {
            Checkpoints checkpoints = new Checkpoints(folder(Path.of(arguments[0]), run), 2);
            new Thread(() -> train(checkpoints, together)).start();
        }
    }

    private static void train(Checkpoints checkpoints, CyclicBarrier together) {
        try (UNet unet = TinyUNet.of(TinyUNet.smallest(), KilledRuns::trains)) {
            Trainer trainer = trainer(unet);
            checkpoints.resume(trainer, Map.of(), System.out::println);
            while (trainer.hasNext()) {
                trainer.next();
                together.await();
                checkpoints.write(trainer, Map.of());
            }
        } catch (IOException | InterruptedException | BrokenBarrierException problem) {
            throw new IllegalStateException(problem);
        }
    }
}
