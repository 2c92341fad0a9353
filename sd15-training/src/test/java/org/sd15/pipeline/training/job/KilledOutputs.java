package org.sd15.pipeline.training.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A process that writes UNet and text encoder of some models over and over, one kind of weights a time, until
 * it is shot.
 */
final class KilledOutputs {

    private static final int SIZE = 500_000;

    private KilledOutputs() {}

    static Path target(Path root, int number) {
        return root.resolve("model-" + number);
    }

    /** Weights that are all the same number. */
    static Map<String, INDArray> weights(int number) {
        INDArray values = Nd4j.valueArrayOf(new long[] {SIZE}, number, DataType.FLOAT);
        return Map.of("unet.w", values, "text_encoder.w", values);
    }

    /**
     * Never ends by itself.
     *
     * @param arguments the folder of a model and of the others to be written, and how many of those
     */
    public static void main(String[] arguments) {
        Path root = Path.of(arguments[0]);
        for (int number = 0; number < Integer.parseInt(arguments[1]); number++) {
            Path target = target(root, number);
            new Thread(() -> write(root.resolve("start"), target)).start();
        }
    }

    private static void write(Path model, Path target) {
        try {
            for (int number = 1; ; number++) {
                TrainingOutput.folder(model, weights(number), true, Map.of(), target);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
