package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.BatchSource;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingState;
import org.sd15.pipeline.training.data.LatentCache.Picture;
import org.sd15.pipeline.training.data.PictureTransform.Cut;
import org.sd15.pipeline.vae.Vae;

/**
 * Batches of pictures in random order. The draws of a batch, in order: which pictures, how each is cut and which of its captions is
 * taken, which captions are dropped, the latents, the noise, its offset, its perturbation, the time steps. All come from one generator, so a
 * seed fixes everything.
 */
public final class PictureBatches implements BatchSource {

    private static final String RANDOM = "random";

    /**
     * What a batch consists of.
     *
     * @param batch pictures of the subject a batch
     * @param captionDropout probability that a caption is replaced by the empty one, for guidance
     * @param noise how noise is drawn
     */
    public record Settings(int batch, double captionDropout, NoiseSettings noise) {

        /** Checks the ranges. */
        public Settings {
            if (batch < 1 || !(captionDropout >= 0 && captionDropout <= 1)) {
                throw new IllegalArgumentException("batches of %d pictures, %s of the captions dropped: there must be a"
                                .formatted(batch, captionDropout)
                        + " picture, and a probability lies between 0 and 1");
            }
        }
    }

    /**
     * Pictures of the class of a subject, for DreamBooth: as many a batch as there are of the subject.
     *
     * @param pictures made by the frozen model, perhaps
     * @param weight what their loss is multiplied by
     */
    public record Prior(PreparedPictures pictures, double weight) {

        /** Checks the weight. */
        public Prior {
            if (!(weight >= 0 && Double.isFinite(weight))) {
                throw new IllegalArgumentException(
                        "the weight of the class is %s, must be finite and at least 0".formatted(weight));
            }
        }
    }

    private final List<CaptionedPicture> pictures;
    private final List<CaptionedPicture> priors;
    private final double priorWeight;
    private final LatentCache latents;
    private final Vae vae;
    private final Captions captions;
    private final Settings settings;
    private final ShuffledIndices subjects;
    private final ShuffledIndices classes;
    private TorchRandom random;

    /** Batches of prepared pictures, and of those of a class if given. */
    public PictureBatches(
            PreparedPictures pictures,
            @Nullable Prior prior,
            LatentCache latents,
            Vae vae,
            Captions captions,
            Settings settings,
            long seed) {
        this.pictures = pictures.pictures();
        this.priors = prior == null ? List.of() : prior.pictures().pictures();
        this.priorWeight = prior == null ? 1 : prior.weight();
        this.latents = latents;
        this.vae = vae;
        this.captions = captions;
        this.settings = settings;
        this.random = new TorchRandom(seed);
        this.subjects = new ShuffledIndices("pictures", this.pictures.size());
        this.classes = new ShuffledIndices("class_pictures", priors.size());
    }

    @Override
    public TrainingBatch next() {
        List<String> texts = new ArrayList<>();
        List<INDArray> means = new ArrayList<>();
        List<INDArray> stds = new ArrayList<>();
        int priorRows = priors.isEmpty() ? 0 : settings.batch();
        for (int row = 0; row < settings.batch() + priorRows; row++) {
            CaptionedPicture picture =
                    row < settings.batch() ? pictures.get(subjects.next(random)) : priors.get(classes.next(random));
            var gaussian = gaussian(picture);
            means.add(gaussian.mean());
            stds.add(gaussian.std());
            texts.add(caption(picture));
        }
        drop(texts);
        INDArray mean = stack(means);
        INDArray clean = vae.scale(stack(stds).muli(random.randn(mean.shape())).addi(mean));
        return noised(clean, texts, priorRows);
    }

    private String caption(CaptionedPicture picture) {
        List<String> all = picture.captions();
        return all.get(all.size() == 1 ? 0 : (int) random.randint(0, all.size(), 1)[0]);
    }

    private TrainingBatch noised(INDArray clean, List<String> texts, int priorRows) {
        NoiseSettings noiseSettings = settings.noise();
        INDArray noise = random.randn(clean.shape());
        if (noiseSettings.offset() > 0) {
            INDArray shared = random.randn(clean.size(0), clean.size(1), 1, 1);
            noise.addi(shared.muli(noiseSettings.offset()));
        }
        INDArray given = noiseSettings.perturbation() > 0
                ? random.randn(clean.shape()).muli(noiseSettings.perturbation()).addi(noise)
                : noise;
        int[] timesteps = LongStream.of(random.randint(0, noiseSettings.timesteps(), texts.size()))
                .mapToInt(Math::toIntExact)
                .toArray();
        return new TrainingBatch(clean, noise, given, timesteps, captions.of(texts), priorRows, priorWeight);
    }

    private LatentCache.Latents gaussian(CaptionedPicture picture) {
        try {
            Picture size = latents.picture(picture.file());
            Cut cut = latents.transform().draw(size.width(), size.height(), random);
            return latents.gaussian(picture.file(), cut);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private void drop(List<String> texts) {
        if (settings.captionDropout() > 0) {
            float[] probabilities = new float[texts.size()];
            Arrays.fill(probabilities, (float) settings.captionDropout());
            boolean[] dropped = random.bernoulli(probabilities);
            for (int row = 0; row < dropped.length; row++) {
                if (dropped[row]) {
                    texts.set(row, "");
                }
            }
        }
    }

    private static INDArray stack(List<INDArray> rows) {
        return Nd4j.concat(0, rows.toArray(INDArray[]::new));
    }

    @Override
    public void save(TrainingState into) {
        into.put(RANDOM, random.state());
        subjects.save(into);
        classes.save(into);
    }

    @Override
    public void restore(TrainingState from) {
        subjects.restore(from);
        classes.restore(from);
        random = new TorchRandom(from.random(RANDOM));
    }
}
