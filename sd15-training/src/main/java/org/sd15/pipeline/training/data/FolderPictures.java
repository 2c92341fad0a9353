package org.sd15.pipeline.training.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.PictureSource;
import org.sd15.pipeline.training.TrainingState;

/** The pictures of a folder in random order, for an autoencoder that learns: read and cut anew each time. */
public final class FolderPictures implements PictureSource {

    private static final String RANDOM = "pictures.random";

    private final List<Path> files;
    private final PictureTransform transform;
    private final int batch;
    private final ShuffledIndices deck;
    private TorchRandom random;

    /** Batches of pictures from files that exist; one that can't be read ends the run. */
    public FolderPictures(List<Path> files, PictureTransform transform, int batch, long seed) {
        if (files.isEmpty() || batch < 1) {
            throw new IllegalArgumentException(
                    "%d pictures in batches of %d: there must be one".formatted(files.size(), batch));
        }
        this.files = List.copyOf(files);
        this.transform = transform;
        this.batch = batch;
        this.deck = new ShuffledIndices("pictures", files.size());
        this.random = new TorchRandom(seed);
    }

    @Override
    public INDArray next() {
        INDArray[] rows = new INDArray[batch];
        for (int row = 0; row < batch; row++) {
            BufferedImage image = read(files.get(deck.next(random)));
            rows[row] = transform.apply(image, transform.draw(image.getWidth(), image.getHeight(), random));
        }
        return Nd4j.concat(0, rows);
    }

    private static BufferedImage read(Path file) {
        try {
            return PngFile.read(file);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem.getMessage(), problem);
        }
    }

    @Override
    public void save(TrainingState into) {
        into.put(RANDOM, random.state());
        deck.save(into);
    }

    @Override
    public void restore(TrainingState from) {
        deck.restore(from);
        random = new TorchRandom(from.random(RANDOM));
    }
}
