package org.sd15.examples.training;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.vae.Vae;
import org.sd15.shapes.pictograms.PictogramScene;
import org.sd15.shapes.pictograms.PictogramScenes;

/**
 * A given number of scenes and their latents, which are kept in a file once they are computed: encoding a scene costs a sixth of a
 * step's work on it.
 */
final class ScenePool {

    private final PictogramScenes scenes;
    private final int size;
    private final Vae vae;
    private final long[] shape; // [4, h, w]
    private final int length;
    private final FloatBuffer kept; // zeros where nothing is known

    /**
     * A pool.
     *
     * @param file of the same scenes and the same autoencoder, or new
     */
    ScenePool(PictogramScenes scenes, int size, Vae vae, Path file) throws IOException {
        this.scenes = scenes;
        this.size = size;
        this.vae = vae;
        int side = PictogramScene.SIDE / vae.config().factor();
        this.shape = new long[] {vae.config().latentChannels(), side, side};
        this.length = vae.config().latentChannels() * side * side;
        Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            this.kept = channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) size * length * Float.BYTES)
                    .order(java.nio.ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }
    }

    int size() {
        return size;
    }

    String caption(int number) {
        return scenes.any(number).caption();
    }

    /** The means of the latents of some scenes, scaled, {@code [numbers, 4, h, w]}. */
    INDArray latents(int[] numbers) {
        int[] missing =
                Arrays.stream(numbers).filter(n -> kept.get(n * length) == 0).toArray();
        if (missing.length > 0) {
            encode(missing);
        }
        float[] values = new float[numbers.length * length];
        for (int row = 0; row < numbers.length; row++) {
            kept.get(numbers[row] * length, values, row * length, length);
        }
        return Nd4j.create(values, new long[] {numbers.length, shape[0], shape[1], shape[2]}, 'c');
    }

    private void encode(int[] numbers) {
        INDArray[] pictures = Arrays.stream(numbers)
                .mapToObj(number -> scenes.any(number).picture())
                .toArray(INDArray[]::new);
        INDArray means = vae.encodePictures(Nd4j.concat(0, pictures)).mode();
        float[] values = vae.scale(means).dup('c').data().asFloat();
        for (int row = 0; row < numbers.length; row++) {
            kept.put(numbers[row] * length, values, row * length, length);
        }
    }
}
