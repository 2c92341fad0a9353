package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.config.UNetConfigs;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.testing.Closeness;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetInput;

class CheckpointWeightsTest {

    @TempDir
    private Path folder;

    private static CheckpointWeights unet(String name) throws IOException {
        return new CheckpointWeights(TensorFiles.open(Foreign.path(name)));
    }

    private static List<ParameterSpec> parameters() throws IOException {
        return UNet.parameters(UNetConfigs.read(Foreign.path("diffusers/unet/config.json")));
    }

    private CheckpointWeights own(String name, INDArray array, DType dtype) throws IOException {
        Path path = folder.resolve("own.safetensors");
        SafetensorsWriter.create().add(name, array, dtype).write(path);
        return new CheckpointWeights(TensorFiles.open(path));
    }

    @ParameterizedTest
    @CsvSource({
        "diffusers/unet/diffusion_pytorch_model.safetensors, 0",
        "unet.bin, 0",
        "unet-legacy.bin, 0",
        "unet-bf16.safetensors, 0.00390625"
    })
    void hasEveryParameterOfTheUNet(String name, double bound) throws IOException {
        Fixture expected = Foreign.diffusers("unet");
        try (CheckpointWeights weights = unet(name)) {
            ImportReport report = weights.check(parameters());
            report.requireComplete();
            assertThat(report.loaded()).hasSize(684);
            assertThat(report.unexpected()).isEmpty();
            weights.requireFinite(parameters());
            for (ParameterSpec parameter : parameters()) {
                INDArray array = weights.get(parameter);
                assertThat(array.shape()).isEqualTo(parameter.shape());
                Closeness.assertClose(parameter.name(), array, expected.get(parameter.name()), bound);
            }
        }
    }

    /** A file drives the graph as the rule that filled it does. */
    @Test
    void servesAGraph() throws IOException {
        UNetConfig config = UNetConfigs.read(Foreign.path("diffusers/unet/config.json"));
        UNetInput input = new UNetInput(
                Rule.input("sample", DataType.FLOAT, 1, 4, 16, 16),
                new double[] {500},
                Rule.input("context", DataType.FLOAT, 1, 7, 16));
        try (CheckpointWeights weights = unet("unet.bin");
                UNet fromFile = new UNet(config, weights);
                UNet fromRule = new UNet(config, Rule.weights("", DataType.FLOAT))) {
            Closeness.assertSameBits("prediction", fromFile.predict(input), fromRule.predict(input));
        }
    }

    @Test
    void givesEveryGraphTheSameArray() throws IOException {
        ParameterSpec spec = new ParameterSpec("conv_in.weight", 8, 4, 3, 3);
        try (CheckpointWeights weights = unet("unet-bf16.safetensors")) {
            assertThat(weights.get(spec)).isSameAs(weights.get(spec));
        }
    }

    @Test
    void loadsDoublesToCheckGradients() throws IOException {
        ParameterSpec spec = new ParameterSpec("conv_in.bias", 8);
        try (CheckpointWeights weights =
                new CheckpointWeights(TensorFiles.open(Foreign.path("unet.bin")), DataType.DOUBLE)) {
            INDArray expected = Foreign.diffusers("unet").get("conv_in.bias", DataType.DOUBLE);
            Closeness.assertSameBits("bias", weights.get(spec), expected);
        }
    }

    /** A 1x1 convolution and a linear layer hold the same numbers, whichever the file and the model call it. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void takesALinearLayerForAPointwiseConvolutionAndBack(boolean fileHasConvolution) throws IOException {
        INDArray numbers = Rule.input("numbers", DataType.FLOAT, 6, 5);
        INDArray stored = fileHasConvolution ? numbers.reshape(6, 5, 1, 1) : numbers;
        long[] wanted = fileHasConvolution ? new long[] {6, 5} : new long[] {6, 5, 1, 1};
        try (CheckpointWeights weights = own("w", stored, DType.F32)) {
            INDArray first = weights.get(new ParameterSpec("w", wanted));
            Closeness.assertSameBits("w", first, numbers.reshape(wanted));
            assertThat(weights.get(new ParameterSpec("w", wanted))).isSameAs(first);
            assertThat(first.data().address())
                    .isEqualTo(weights.get(new ParameterSpec("w", stored.shape()))
                            .data()
                            .address());
        }
    }

    @Test
    void namesBothShapesWhenTheyDiffer() throws IOException {
        try (CheckpointWeights weights = unet("unet.bin")) {
            assertThatThrownBy(() -> weights.get(new ParameterSpec("conv_in.weight", 320, 4, 3, 3)))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("unet.bin: conv_in.weight is [8, 4, 3, 3], must be [320, 4, 3, 3]");
            assertThatThrownBy(() -> weights.get(new ParameterSpec("lost.weight", 1)))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("unet.bin", "no tensor lost.weight");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F32, NaN",
        "F32, Infinity",
        "F32, -Infinity",
        "F16, NaN",
        "F16, 1e6",
        "BF16, NaN",
        "BF16, -Infinity",
        "F64, NaN",
        "F64, Infinity"
    })
    void findsWeightsThatAreNoNumbers(DType dtype, float bad) throws IOException {
        INDArray array = Nd4j.arange(70_000).castTo(DataType.FLOAT).fmodi(100).putScalar(69_999, bad);
        List<ParameterSpec> specs = List.of(new ParameterSpec("w", 70_000), new ParameterSpec("lost", 1));
        try (CheckpointWeights weights = own("w", array, dtype)) {
            assertThat(weights.nonFinite(specs)).containsExactly("w");
            assertThatThrownBy(() -> weights.requireFinite(specs))
                    .isInstanceOf(ImportException.class)
                    .hasMessageContainingAll("own.safetensors", "1 tensors", "w");
        }
        array.putScalar(69_999, 65_504);
        try (CheckpointWeights weights = own("w", array, dtype)) {
            assertThatCode(() -> weights.requireFinite(specs)).doesNotThrowAnyException();
        }
    }

    @Test
    void freesItsArraysAndRefusesToServeWhenClosed() throws IOException {
        ParameterSpec copied = new ParameterSpec("conv_in.weight", 8, 4, 3, 3);
        CheckpointWeights weights = unet("unet-bf16.safetensors");
        INDArray array = weights.get(copied);
        weights.close();
        weights.close();
        assertThat(array.wasClosed()).isTrue();
        assertThatThrownBy(() -> weights.get(copied))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("unet-bf16.safetensors", "closed");
    }
}
