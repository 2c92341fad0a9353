package org.sd15.pipeline.training.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.training.data.PictureTransform.Cut;
import org.sd15.pipeline.vae.DiagonalGaussian;
import org.sd15.pipeline.vae.Vae;

/**
 * The latents of pictures, encoded once: mean and standard deviation are kept on disk, under a digest of the picture's
 * bytes, its transformation and the autoencoder.
 */
public final class LatentCache {

    private static final String MEAN = "mean";
    private static final String STD = "std";

    private final TensorCache cache;
    private final Vae vae;
    private final String vaeDigest;
    private final PictureTransform transform;
    private final Map<Path, Picture> pictures = new HashMap<>();

    /** What is known of a picture without keeping its pixels. */
    record Picture(String digest, int width, int height) {}

    /** A cache in a folder, which is made when it is needed. */
    public LatentCache(Path folder, Vae vae, PictureTransform transform) {
        int factor = vae.config().factor();
        if (transform.width() % factor != 0 || transform.height() % factor != 0) {
            throw new IllegalArgumentException("pictures of %d x %d can't be trained on: sides must be multiples of %d"
                    .formatted(transform.width(), transform.height(), factor));
        }
        this.cache = new TensorCache(folder);
        this.vae = vae;
        this.vaeDigest = Digest.of(vae::readWeights);
        this.transform = transform;
    }

    /** How many pictures went through the autoencoder. */
    public int encoded() {
        return cache.made();
    }

    PictureTransform transform() {
        return transform;
    }

    /**
     * Opens a picture and encodes it, unless that has been done before.
     *
     * @return a digest of its file
     * @throws IOException if it is no picture that can be read; the message names the file
     */
    String prepare(Path file) throws IOException {
        Picture picture = picture(file);
        gaussian(file, transform.middle(picture.width(), picture.height(), false));
        if (transform.randomFlip() && !transform.randomCrop()) {
            gaussian(file, transform.middle(picture.width(), picture.height(), true));
        }
        return picture.digest();
    }

    Picture picture(Path file) throws IOException {
        Picture known = pictures.get(file);
        if (known == null) {
            BufferedImage image = PngFile.read(file);
            known = new Picture(new Digest().add(file).hex(), image.getWidth(), image.getHeight());
            pictures.put(file, known);
        }
        return known;
    }

    /** The distribution of the latents of a picture that is cut in some way, before scaling. */
    Latents gaussian(Path file, Cut cut) throws IOException {
        String key = new Digest()
                .add(picture(file).digest())
                .add("%dx%d %s".formatted(transform.width(), transform.height(), cut))
                .add(vaeDigest)
                .hex();
        Map<String, INDArray> tensors = cache.get(key, () -> encode(file, cut));
        return new Latents(Objects.requireNonNull(tensors.get(MEAN)), Objects.requireNonNull(tensors.get(STD)));
    }

    /**
     * A normal distribution of latents.
     *
     * @param mean {@code [1, channels, h, w]}
     * @param std the same shape
     */
    record Latents(INDArray mean, INDArray std) {}

    private Map<String, INDArray> encode(Path file, Cut cut) {
        try {
            DiagonalGaussian gaussian = vae.encode(transform.apply(PngFile.read(file), cut));
            return Map.of(MEAN, gaussian.mean(), STD, gaussian.std());
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
