package org.sd15.pipeline.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.TrainingBatch;
import org.sd15.pipeline.training.TrainingBatch.Texts;
import org.sd15.pipeline.training.data.PictureTransform.Cut;
import org.sd15.pipeline.vae.Vae;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

class PictureBatchesTest {

    private static final PictureTransform PLAIN = new PictureTransform(8, 8, false, false);

    @TempDir
    private Path temporary;

    private final Vae vae = SmallFolder.vae();

    @AfterEach
    void close() {
        vae.close();
    }

    /** Against torch's interpolate with antialiasing, in float64 ({@code tools/reference/make_resize.py}). */
    @ParameterizedTest
    @ValueSource(strings = {"down", "up", "mixed", "same"})
    void scalingIsPyTorchs(String name) {
        INDArray expected = Fixture.of("sd15-training", "training/resize").get(name);
        int height = (int) expected.size(2);
        int width = (int) expected.size(3);
        float[] picture =
                Rule.picture("input.resize", DataType.FLOAT, 1, 3, 11, 7).data().asFloat();
        float[] wide = Resampling.columns(picture, 3 * 11, 7, width);
        float[] scaled = Resampling.rows(wide, 3, 11, width, height);
        assertClose(name, Nd4j.create(scaled, expected.shape(), 'c'), expected, 3e-7);
    }

    @Test
    void picturesAreCutInTheMiddleAndMirrored() throws IOException {
        BufferedImage image = ImageIO.read(
                SmallFolder.picture(temporary.resolve("x.png"), 12, 8).toFile());
        INDArray whole = Pictures.fromImage(image).mul(2).subi(1);
        INDArray middle =
                whole.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(2, 10));
        Cut cut = PLAIN.middle(12, 8, false);
        assertThat(cut).isEqualTo(new Cut(0, 2, false));
        assertClose("middle", PLAIN.apply(image, cut), middle, 1e-6);
        INDArray mirrored = PLAIN.apply(image, new Cut(0, 2, true));
        assertClose(
                "mirrored",
                Nd4j.reverse(mirrored.slice(0).slice(0).getRow(3).dup()),
                middle.slice(0).slice(0).getRow(3),
                1e-6);
    }

    @Test
    void everyPictureComesOnceBeforeAnyComesAgain() throws IOException {
        PictureBatches batches = batches(PLAIN, new PictureBatches.Settings(1, 0, NoiseSettings.plain(1000)), null);
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            seen.add(caption(batches.next(), 0));
        }
        assertThat(seen.subList(0, 3)).containsExactlyInAnyOrder("picture a", "picture b", "picture c");
        assertThat(seen.subList(3, 6)).containsExactlyInAnyOrder("picture a", "picture b", "picture c");
    }

    private static String caption(TrainingBatch batch, int row) {
        INDArray states = ((Texts.States) batch.texts()).context().slice(row);
        for (String caption : List.of("picture a", "picture b", "picture c", "", "a class")) {
            INDArray of = ((Texts.States) SmallFolder.states(List.of(caption)))
                    .context()
                    .slice(0);
            if (of.equals(states)) {
                return caption;
            }
        }
        throw new AssertionError("unknown states");
    }

    @Test
    void latentsComeFromTheCacheWithTheNoiseOfTheirDistribution() throws IOException {
        var settings = new PictureBatches.Settings(2, 0, NoiseSettings.plain(1000));
        TrainingBatch first = batches(PLAIN, settings, null).next();
        assertThat(first.latents().shape()).containsExactly(2, 4, 4, 4);
        LatentCache latents = new LatentCache(temporary.resolve("cache"), vae, PLAIN);
        TrainingBatch again = batches(latents, settings, null).next();
        assertThat(latents.encoded()).isZero();
        assertSameBits("latents", again.latents(), first.latents());
        assertSameBits("noise", again.noise(), first.noise());
        assertThat(again.timesteps()).isEqualTo(first.timesteps());
        assertThat(first.inputNoise()).isSameAs(first.noise());
    }

    @Test
    void anotherPictureOrSizeOrDamageIsEncodedAgain() throws IOException {
        var settings = new PictureBatches.Settings(1, 0, NoiseSettings.plain(1000));
        batches(PLAIN, settings, null);
        Path cache = temporary.resolve("cache");
        try (var files = Files.list(cache)) {
            Path one = files.findFirst().orElseThrow();
            Files.write(one, Arrays.copyOf(Files.readAllBytes(one), 40));
        }
        assertThat(encodedAnew(PLAIN)).isEqualTo(1);
        SmallFolder.picture(temporary.resolve("data/a.png"), 9, 9);
        assertThat(encodedAnew(PLAIN)).isEqualTo(1);
        assertThat(encodedAnew(PLAIN)).isZero();
        assertThat(encodedAnew(new PictureTransform(6, 6, false, false))).isEqualTo(3);
        assertThat(encodedAnew(new PictureTransform(6, 6, false, true))).isEqualTo(3);
    }

    private int encodedAnew(PictureTransform transform) throws IOException {
        LatentCache latents = new LatentCache(temporary.resolve("cache"), vae, transform);
        PreparedPictures.of(folder(), latents, BadData.FAIL, done -> {});
        return latents.encoded();
    }

    @Test
    void randomCutsAndFlipsStayInThePicture() throws IOException {
        var transform = new PictureTransform(8, 8, true, true);
        var random = new TorchRandom(3);
        boolean flipped = false;
        for (int i = 0; i < 200; i++) {
            Cut cut = transform.draw(20, 10, random);
            assertThat(cut.top()).isZero();
            assertThat(cut.left()).isBetween(0, 8);
            flipped |= cut.flipped();
        }
        assertThat(flipped).isTrue();
    }

    @Test
    void offsetAndPerturbationChangeTheNoiseAsStated() throws IOException {
        var plain = batches(PLAIN, new PictureBatches.Settings(2, 0, NoiseSettings.plain(1000)), null)
                .next();
        var offset = batches(PLAIN, new PictureBatches.Settings(2, 0, new NoiseSettings(0.5, 0, 1000)), null)
                .next();
        INDArray added = offset.noise().sub(plain.noise());
        assertThat(added.slice(1).slice(2).stdNumber(false).doubleValue()).isCloseTo(0, within(1e-6));
        assertThat(added.slice(0).slice(0).getDouble(0))
                .isNotCloseTo(added.slice(1).slice(0).getDouble(0), within(1e-3));
        var perturbed = batches(PLAIN, new PictureBatches.Settings(2, 0, new NoiseSettings(0, 0.1, 1000)), null)
                .next();
        assertSameBits("asked for", perturbed.noise(), plain.noise());
        double spread =
                perturbed.inputNoise().sub(perturbed.noise()).stdNumber(false).doubleValue();
        assertThat(spread).isBetween(0.07, 0.13); // 128 draws of standard deviation 0.1
    }

    @Test
    void droppedCaptionsAreEmpty() throws IOException {
        var none = batches(PLAIN, new PictureBatches.Settings(2, 1, NoiseSettings.plain(1000)), null)
                .next();
        assertThat(caption(none, 0)).isEmpty();
        assertThat(caption(none, 1)).isEmpty();
        PictureBatches half = batches(PLAIN, new PictureBatches.Settings(1, 0.5, NoiseSettings.plain(1000)), null);
        int dropped = 0;
        for (int i = 0; i < 60; i++) {
            dropped += caption(half.next(), 0).isEmpty() ? 1 : 0;
        }
        assertThat(dropped).isBetween(18, 42); // 3 standard deviations
    }

    @Test
    void picturesOfTheClassComeAfterThoseOfTheSubject() throws IOException {
        var settings = new PictureBatches.Settings(2, 0, NoiseSettings.plain(1000));
        TrainingBatch batch = batches(PLAIN, settings, 0.5).next();
        assertThat(batch.size()).isEqualTo(4);
        assertThat(batch.priors()).isEqualTo(2);
        assertThat(batch.priorWeight()).isEqualTo(0.5);
        assertThat(caption(batch, 1)).startsWith("picture");
        assertThat(caption(batch, 2)).isEqualTo("a class");
        assertThat(caption(batch, 3)).isEqualTo("a class");
    }

    private PictureFolder folder() throws IOException {
        return PictureFolder.read(temporary.resolve("data"), BadData.FAIL);
    }

    private PictureBatches batches(PictureTransform transform, PictureBatches.Settings settings, @Nullable Double prior)
            throws IOException {
        if (!Files.exists(temporary.resolve("data"))) {
            SmallFolder.captioned(temporary.resolve("data"), 3);
        }
        return batches(new LatentCache(temporary.resolve("cache"), vae, transform), settings, prior);
    }

    private PictureBatches batches(LatentCache latents, PictureBatches.Settings settings, @Nullable Double prior)
            throws IOException {
        PreparedPictures pictures = PreparedPictures.of(folder(), latents, BadData.FAIL, done -> {});
        PictureBatches.Prior classes = prior == null
                ? null
                : new PictureBatches.Prior(
                        PreparedPictures.of(
                                PictureFolder.read(temporary.resolve("data"), List.of("a class")),
                                latents,
                                BadData.FAIL,
                                done -> {}),
                        prior);
        return new PictureBatches(pictures, classes, latents, vae, SmallFolder::states, settings, 11);
    }
}
