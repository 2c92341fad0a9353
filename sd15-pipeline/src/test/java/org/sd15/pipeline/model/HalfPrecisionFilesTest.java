package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Adapters;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;

/**
 * A model of float16 or bfloat16 is computed as one whose numbers were widened in the file, to the bit, and its matrices are
 * held once: in the layouts of oneDNN, beside the file's own pages.
 */
class HalfPrecisionFilesTest {

    private static final String CONV_IN = "conv_in.weight";

    @TempDir
    private Path folder;

    private final FusedExecution execution = FusedExecution.create();

    /** The arrays are over the files of the folder, which Windows can't delete before they are gone. */
    @AfterEach
    void letGo() {
        System.gc();
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void predictsTheSameBitsWithoutASecondCopy(DType type) throws IOException {
        try (ModelFiles narrow = ModelFiles.open(HalfModels.model(folder, type, type), execution);
                ModelFiles wide = ModelFiles.open(HalfModels.model(folder, type, DType.F32), FusedExecution.create())) {
            HalfModels.Counting[] counts = new HalfModels.Counting[1];
            UNet unet = narrow.unet(Adapters.NONE, loaded -> counts[0] = new HalfModels.Counting(loaded));
            UNet expected = wide.unet();
            assertSameBits(
                    "prediction", unet.predict(HalfModels.input(unet)), expected.predict(HalfModels.input(unet)));
            assertThat(counts[0].wideBytes).isZero();
            assertThat(counts[0].mappedBytes).isPositive().isEqualTo(counts[0].storedBytes);
            assertThat(execution.packedBytes()).isGreaterThanOrEqualTo(2 * counts[0].storedBytes);
            assertThat(unet.copyOfWeight(CONV_IN)).isEqualTo(expected.copyOfWeight(CONV_IN));
            assertThat(counts[0].wideBytes).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void encodesAndDecodesTheSameBits(DType type) throws IOException {
        try (ModelFiles narrow = ModelFiles.open(HalfModels.model(folder, type, type), execution);
                ModelFiles wide = ModelFiles.open(HalfModels.model(folder, type, DType.F32), FusedExecution.create())) {
            int[] ids = narrow.tokenizer().encode("a red star").padded();
            assertSameBits(
                    "states",
                    narrow.textEncoder().encode(ids),
                    wide.textEncoder().encode(ids));
            Vae vae = narrow.vae();
            Vae expected = wide.vae();
            INDArray latents =
                    Rule.input("latents", DataType.FLOAT, 1, vae.config().latentChannels(), 4, 4);
            assertSameBits("picture", vae.decode(latents), expected.decode(latents));
            INDArray picture = Rule.input("picture", DataType.FLOAT, 1, 3, 32, 32);
            assertSameBits(
                    "latents",
                    vae.encode(picture).mode(),
                    expected.encode(picture).mode());
        }
    }

    @Test
    void givesBackWhatItPacked() throws IOException {
        try (ModelFiles narrow = ModelFiles.open(HalfModels.model(folder, DType.F16, DType.F16), execution);
                UNet unet = narrow.unet();
                ClipTextEncoder encoder = narrow.textEncoder();
                Vae vae = narrow.vae()) {
            INDArray latents =
                    Rule.input("latents", DataType.FLOAT, 1, vae.config().latentChannels(), 4, 4);
            INDArray noise = unet.predict(HalfModels.input(unet));
            INDArray states = encoder.encode(new int[] {1, 2, 3});
            INDArray picture = vae.decode(latents);
            try (UNet other = unet.share()) {
                long all = execution.packedBytes();
                encoder.trim();
                vae.trim();
                unet.trim();
                assertThat(execution.packedBytes()).isPositive().isLessThan(all);
                assertSameBits("prediction of another handle", other.predict(HalfModels.input(unet)), noise);
            }
            unet.trim();
            assertThat(execution.packedBytes()).isZero();
            assertSameBits("prediction", unet.predict(HalfModels.input(unet)), noise);
            assertSameBits("states", encoder.encode(new int[] {1, 2, 3}), states);
            assertSameBits("picture", vae.decode(latents), picture);
        }
    }

    /** The arrays that a model hands out are those that it computes with, also after a graph was built. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void whatIsWrittenToAWeightCounts(DType type) throws IOException {
        try (ModelFiles narrow = ModelFiles.open(HalfModels.model(folder, type, type), execution);
                ModelFiles wide = ModelFiles.open(HalfModels.model(folder, type, DType.F32), FusedExecution.create())) {
            for (UNet unet : List.of(narrow.unet(), wide.unet())) {
                INDArray before = unet.predict(HalfModels.input(unet));
                INDArray weight = Objects.requireNonNull(unet.weights().get(CONV_IN));
                assertThat(weight.dataType()).isEqualTo(DataType.FLOAT);
                weight.muli(0);
                assertThat(unet.predict(HalfModels.input(unet))).isNotEqualTo(before);
                assertThat(unet.weights().get(CONV_IN)).isSameAs(weight);
            }
            assertSameBits(
                    "weights",
                    Nd4j.toFlattened('c', narrow.unet().weights().values()),
                    Nd4j.toFlattened('c', wide.unet().weights().values()));
        }
    }
}
