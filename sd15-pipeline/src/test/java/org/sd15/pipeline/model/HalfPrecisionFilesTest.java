package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.LowRank;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.machine.MappedPages;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.pipeline.vae.Vae;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.Checkpointing;
import org.sd15.unet.ParameterGradients;
import org.sd15.unet.Target;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetInput;

/**
 * A model of float16 or bfloat16 is computed as one whose numbers were widened in the file, to the bit, and its matrices are
 * held once: in the layouts of oneDNN, beside the file's own pages.
 */
class HalfPrecisionFilesTest {

    private static final String CONV_IN = "conv_in.weight";
    private static final LowRank ADDITION = new LowRank(2, 2);

    @TempDir
    private Path folder;

    private final FusedExecution execution = FusedExecution.create();

    /** The arrays are over the files of the folder, which Windows can't delete before they are gone. */
    @AfterEach
    void letGo() {
        System.gc();
    }

    /** Weights that count what is asked for in float32 though it has a row and a column. */
    private static final class Counting implements Weights {

        private final Weights weights;
        private long wideBytes;
        private long mappedBytes;
        private long storedBytes;

        Counting(Weights weights) {
            this.weights = weights;
        }

        @Override
        public INDArray get(ParameterSpec spec) {
            wideBytes += spec.shape().length > 1 ? spec.length() * Float.BYTES : 0;
            return weights.get(spec);
        }

        @Override
        public INDArray stored(ParameterSpec spec) {
            INDArray array = weights.stored(spec);
            long bytes = array.length() * array.dataType().width();
            storedBytes += bytes;
            if (MappedPages.kind(array.data().pointer().address(), bytes) == MappedPages.Kind.READ_ONLY) {
                mappedBytes += bytes;
            }
            return array;
        }
    }

    /** The model of the tests with all numbers rounded to one type and written as another. */
    private Path model(DType rounded, DType written) throws IOException {
        Path shapes = Fixture.resource("sd15-pipeline", "shapes");
        Path target = folder.resolve(rounded + "-as-" + written);
        try (Stream<Path> files = Files.walk(shapes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(shapes.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                if (!file.toString().endsWith(".safetensors")) {
                    Files.copy(file, copy);
                } else {
                    Path narrow = Files.createTempFile(folder, "narrow", ".safetensors");
                    rewrite(file, narrow, rounded);
                    rewrite(narrow, copy, written);
                }
            }
        }
        return target;
    }

    private static void rewrite(Path from, Path to, DType type) throws IOException {
        try (TensorFile file = TensorFiles.open(from)) {
            SafetensorsWriter writer = SafetensorsWriter.create();
            for (String name : file.tensors().keySet()) {
                writer.add(TensorSource.copy(
                        file, name, new TensorInfo(name, type, file.info(name).shape())));
            }
            writer.write(to);
        }
    }

    private static UNetInput input(UNet unet) {
        return UNetInput.of(
                Rule.input("sample", DataType.FLOAT, 1, 4, 8, 8),
                500,
                Rule.input("context", DataType.FLOAT, 1, 7, unet.config().crossAttentionDim()));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void predictsTheSameBitsWithoutASecondCopy(DType type) throws IOException {
        try (ModelFiles narrow = ModelFiles.open(model(type, type), execution);
                ModelFiles wide = ModelFiles.open(model(type, DType.F32), FusedExecution.create())) {
            Counting[] counts = new Counting[1];
            UNet unet = narrow.unet(Adapters.NONE, loaded -> counts[0] = new Counting(loaded));
            UNet expected = wide.unet();
            assertSameBits("prediction", unet.predict(input(unet)), expected.predict(input(unet)));
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
        try (ModelFiles narrow = ModelFiles.open(model(type, type), execution);
                ModelFiles wide = ModelFiles.open(model(type, DType.F32), FusedExecution.create())) {
            int[] ids = narrow.tokenizer().encode("a red star").padded();
            assertSameBits(
                    "states", narrow.textEncoder().encode(ids), wide.textEncoder().encode(ids));
            Vae vae = narrow.vae();
            Vae expected = wide.vae();
            INDArray latents = Rule.input("latents", DataType.FLOAT, 1, vae.config().latentChannels(), 4, 4);
            assertSameBits("picture", vae.decode(latents), expected.decode(latents));
            INDArray picture = Rule.input("picture", DataType.FLOAT, 1, 3, 32, 32);
            assertSameBits(
                    "latents",
                    vae.encode(picture).mode(),
                    expected.encode(picture).mode());
        }
    }

    /** Frozen matrices and kernels are read in half precision by the derivatives, too. */
    @ParameterizedTest
    @EnumSource(Checkpointing.class)
    void additionsOnAFrozenModelHaveTheSameGradients(Checkpointing checkpointing) throws IOException {
        try (ModelFiles narrow = ModelFiles.open(model(DType.F16, DType.F16), execution);
                ModelFiles wide = ModelFiles.open(model(DType.F16, DType.F32), FusedExecution.create())) {
            Counting[] counts = new Counting[1];
            UNet unet = withAdditions(narrow, loaded -> counts[0] = new Counting(loaded));
            ParameterGradients actual = gradients(unet, checkpointing);
            ParameterGradients expected = gradients(withAdditions(wide, loaded -> loaded), checkpointing);
            assertThat(actual.parameters()).hasSizeGreaterThan(10).containsOnlyKeys(expected.parameters().keySet());
            actual.parameters()
                    .forEach((name, gradient) -> assertSameBits(
                            name, gradient, Objects.requireNonNull(expected.parameters().get(name))));
            assertThat(counts[0].wideBytes).isZero();
        }
    }

    private static ParameterGradients gradients(UNet unet, Checkpointing checkpointing) {
        INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 8, 8);
        return unet.parameterGradients(
                input(unet), Target.of(target), name -> name.contains(".lora_"), checkpointing);
    }

    private static UNet withAdditions(ModelFiles files, UnaryOperator<Weights> change)
            throws IOException {
        Adapters everywhere = Adapters.on(path -> path.contains("attn") || path.contains("resnets"), ADDITION);
        return files.unet(everywhere, loaded -> new WithAdditions(change.apply(loaded)));
    }

    /** Additions by rule on top of a file's weights. */
    private record WithAdditions(Weights file) implements Weights {

        private static boolean isAddition(ParameterSpec spec) {
            return spec.name().contains(".lora_");
        }

        private static INDArray drawn(ParameterSpec spec) {
            return Rule.tensor(spec.name(), DataType.FLOAT, spec.shape());
        }

        @Override
        public INDArray get(ParameterSpec spec) {
            return isAddition(spec) ? drawn(spec) : file.get(spec);
        }

        @Override
        public INDArray stored(ParameterSpec spec) {
            return isAddition(spec) ? drawn(spec) : file.stored(spec);
        }
    }

    /** The arrays that a model hands out are those that it computes with, also after a graph was built. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void whatIsWrittenToAWeightCounts(DType type) throws IOException {
        try (ModelFiles narrow = ModelFiles.open(model(type, type), execution);
                ModelFiles wide = ModelFiles.open(model(type, DType.F32), FusedExecution.create())) {
            for (UNet unet : List.of(narrow.unet(), wide.unet())) {
                INDArray before = unet.predict(input(unet));
                INDArray weight = Objects.requireNonNull(unet.weights().get(CONV_IN));
                assertThat(weight.dataType()).isEqualTo(DataType.FLOAT);
                weight.muli(0);
                assertThat(unet.predict(input(unet))).isNotEqualTo(before);
                assertThat(unet.weights().get(CONV_IN)).isSameAs(weight);
            }
            assertSameBits(
                    "weights",
                    Nd4j.toFlattened('c', narrow.unet().weights().values()),
                    Nd4j.toFlattened('c', wide.unet().weights().values()));
        }
    }
}
