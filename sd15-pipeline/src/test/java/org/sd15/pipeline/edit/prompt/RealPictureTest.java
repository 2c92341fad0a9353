package org.sd15.pipeline.edit.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.pipeline.OrangeSquare.BLUE;
import static org.sd15.pipeline.OrangeSquare.GUIDANCE;
import static org.sd15.pipeline.OrangeSquare.PROMPT;
import static org.sd15.pipeline.OrangeSquare.STEPS;
import static org.sd15.pipeline.OrangeSquare.request;
import static org.sd15.pipeline.OrangeSquare.settings;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.pipeline.OrangeSquare;
import org.sd15.pipeline.inversion.DdimInverter;
import org.sd15.pipeline.inversion.FixedPointInverter;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionFile;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.inversion.InvertedPicture;
import org.sd15.pipeline.inversion.Inverter;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.inversion.NullTextInverter;
import org.sd15.pipeline.inversion.Reconstruction;
import org.sd15.pipeline.inversion.Replay;
import org.sd15.pipeline.mask.MaskKind;
import org.sd15.pipeline.mask.MaskSettings;
import org.sd15.pipeline.words.Conformance;

/** Edits of given pictures on the small trained model, by every method of inversion, under guidance. */
class RealPictureTest {

    private static OrangeSquare square;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        square = OrangeSquare.load();
    }

    @AfterAll
    static void close() throws Exception {
        square.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 10, 14, 15, 20, 50})
    void exactInversionsLeadBackUnderGuidanceForAnyNumberOfSteps(int steps) {
        for (Inverter inverter : List.of(
                NoiseMapInverter.editFriendly(), NoiseMapInverter.leditsPlusPlus(0.15, 3.5, Conformance.CORRECTED))) {
            INDArray corner = square.picture()
                    .get(
                            NDArrayIndex.all(),
                            NDArrayIndex.all(),
                            NDArrayIndex.interval(8, 40),
                            NDArrayIndex.interval(8, 40))
                    .dup('c');
            Inversion inversion = square.model().invert(inverter, corner, List.of(PROMPT), settings(steps, 1));
            Reconstruction report = square.edit(request(new InvertedPicture(inversion, Replay.FREE), PROMPT))
                    .reconstruction()
                    .orElseThrow();
            assertThat(report.largestLatentDifference())
                    .as("%s, %d steps", inverter, steps)
                    .isLessThan(1e-4);
            assertThat(report.psnr()).isGreaterThan(report.autoencoderPsnr() - 0.01);
        }
    }

    @ParameterizedTest
    @EnumSource(InversionMethod.class)
    void everyMethodEditsAndItsSourceIsWhatTheReportSays(InversionMethod method) {
        Inverter inverter = method == InversionMethod.NULL_TEXT
                ? new NullTextInverter(GUIDANCE, 1, 0.01, 1e-5, 2e-5)
                : method.inverter();
        Inversion inversion = square.invert(inverter, STEPS);
        Editing editing = square.edit(request(new InvertedPicture(inversion, method.replay()), BLUE));
        INDArray latents = editing.run().finish();
        double difference =
                largestDifference(latents.slice(0), inversion.level(0).slice(0));
        assertThat(editing.reconstruction().orElseThrow().largestLatentDifference())
                .isCloseTo(difference, within(2e-3));
        assertThat(largestDifference(latents.slice(1), latents.slice(0))).isGreaterThan(0.5);
    }

    @Test
    void oneInversionServesManyEditsAndAFileOfIt() throws Exception {
        AtomicInteger inversions = new AtomicInteger();
        Inverter counting = subject -> {
            inversions.incrementAndGet();
            return NoiseMapInverter.editFriendly().invert(subject);
        };
        INDArray direct = square.edit(request(new GivenPicture(square.picture(), counting, Replay.FREE, 0), BLUE))
                .run()
                .finish();
        Inversion inversion = square.invert(counting, STEPS);
        Path path = folder.resolve("inversion.safetensors");
        InversionFile.save(inversion, path);
        InvertedPicture loaded = new InvertedPicture(InversionFile.load(path), Replay.FREE);
        Editing first = square.edit(request(loaded, BLUE));
        assertSameBits("of the file", first.run().finish(), direct);
        Editing second = square.edit(request(loaded.known(first.reconstruction().orElseThrow()), BLUE));
        assertSameBits("again", second.run().finish(), direct);
        assertThat(second.reconstruction()).isEqualTo(first.reconstruction());
        assertThat(inversions).hasValue(2);
        assertThat(inversion.source().provenance()).containsKeys("inverter", "seeds", "unet");
    }

    @Test
    void noiseMapsServeAsWellWhereStepsAreSkipped() {
        Inversion inversion = square.invert(NoiseMapInverter.editFriendly(), STEPS);
        Editing editing = square.edit(request(new InvertedPicture(inversion, Replay.FREE, 0.4, null), BLUE));
        assertThat(editing.run().count()).isEqualTo(3);
        assertThat(largestDifference(
                        editing.run().finish().slice(0), inversion.level(0).slice(0)))
                .isLessThan(1e-4);
    }

    /** NTI-5. */
    @Test
    void fittedTextsBringThePictureBackBetterThanGuidanceAlone() {
        Reconstruction plain = square.edit(
                        request(new InvertedPicture(square.invert(new DdimInverter(), 3), Replay.FREE), BLUE))
                .reconstruction()
                .orElseThrow();
        Inversion fitted = square.invert(new NullTextInverter(GUIDANCE, 4, 0.02, 1e-5, 2e-5), 3);
        Reconstruction better = square.edit(request(new InvertedPicture(fitted, Replay.FREE), BLUE))
                .reconstruction()
                .orElseThrow();
        assertThat(better.psnr()).isGreaterThan(plain.psnr());
    }

    @Test
    void whatNoMaskCoversIsTheSourceBitByBitAndTheSourceIsThePicture() {
        Inversion inversion = square.invert(NoiseMapInverter.editFriendly(), STEPS);
        MaskSettings limit = new MaskSettings(List.of("square", "square"), 0.7, MaskKind.BOTH);
        Editing editing = square.edit(
                request(new InvertedPicture(inversion, Replay.FREE), BLUE).edit(edit -> edit.limit(limit)));
        INDArray latents = editing.run().finish();
        INDArray ever = editing.limit().orElseThrow();
        assertThat(ever.meanNumber().doubleValue()).isBetween(0.1, 0.8);
        for (int at = 0; at < 256; at++) {
            if (ever.getDouble(0, at / 16, at % 16) == 0) {
                for (int channel = 0; channel < 4; channel++) {
                    assertThat(latents.getFloat(1, channel, at / 16, at % 16))
                            .isEqualTo(latents.getFloat(0, channel, at / 16, at % 16));
                }
            }
        }
        assertThat(largestDifference(latents.slice(0), inversion.level(0).slice(0)))
                .isLessThan(1e-4);
        assertThat(largestDifference(latents.slice(1), latents.slice(0))).isGreaterThan(0.5);
        assertThatThrownBy(() -> new MaskSettings(List.of("square"), 0.7, MaskKind.BOTH))
                .hasMessageContaining("a word of the source and one of the target");
    }

    @Test
    void aPluggedInMethodIsEditedLikeTheOthers() {
        Reconstruction plain = report(new DdimInverter());
        Reconstruction solved = report(new FixedPointInverter(4));
        assertThat(solved.largestLatentDifference()).isLessThan(plain.largestLatentDifference() / 2);
        assertThat(plain.isBad()).isTrue();
    }

    @Test
    void saysWhatDoesNotFit() {
        Inversion ledits = square.invert(NoiseMapInverter.leditsPlusPlus(0.1, 0, Conformance.CORRECTED), 3);
        assertThatThrownBy(() -> square.edit(request(new InvertedPicture(ledits, Replay.FREE, 0.5, null), BLUE)))
                .hasMessageContaining("give the skip to the inversion");
        assertThatThrownBy(() ->
                        square.edit(request(new GivenPicture(square.picture(), InversionMethod.DIRECT, 0), BLUE)
                                .sampling(base -> base.scheduler(square.model().scheduler("euler")))))
                .hasMessageContaining("another scheduler can't be chosen");
    }

    private static Reconstruction report(Inverter inverter) {
        Inversion inversion = square.invert(inverter, STEPS);
        return square.edit(request(new InvertedPicture(inversion, Replay.FREE), BLUE)
                        .sampling(base -> base.guidance(1)))
                .reconstruction()
                .orElseThrow();
    }
}
