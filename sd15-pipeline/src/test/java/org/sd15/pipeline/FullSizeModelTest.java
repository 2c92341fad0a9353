package org.sd15.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.sd15.testing.Closeness.assertClose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.fused.Precision;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.CheckpointWeights;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.Vae;
import org.sd15.pipeline.vae.VaeConfig;
import org.sd15.testing.Closeness;
import org.sd15.testing.Fixture;
import org.sd15.testing.Resident;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetGradients;
import org.sd15.unet.UNetInput;

/**
 * The other parts of Stable Diffusion 1.5 in their real sizes, weights by the rule, against transformers 5.23 and diffusers
 * 0.42.1; and the memory that a UNet takes that is loaded from a file. Profile {@code full}, as the UNet's own test.
 */
@Tag("full")
class FullSizeModelTest {

    private static final double BOUND = 2e-5;
    private static final Fixture OUTPUTS = Fixture.of("sd15-unet", "full/outputs");

    @ParameterizedTest
    @EnumSource
    void encodesTextAsTransformersDoes(Formulations formulation) {
        try (var text = new ClipTextEncoder(
                ClipTextConfig.sd15(), Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution())) {
            INDArray states =
                    text.encode(OUTPUTS.get("text/ids", DataType.INT32).toIntMatrix());
            check(formulation + " text encoder", states, OUTPUTS.get("text/last_hidden_state"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void decodesAndEncodesPicturesAsDiffusersDoes(Formulations formulation) {
        try (Vae vae =
                new Vae(VaeConfig.sd15(), Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution())) {
            INDArray picture = vae.decode(Rule.input("input.latent", DataType.FLOAT, 1, 4, 32, 32));
            INDArray everyFourth = picture.get(all(), all(), interval(0, 4, 256), interval(0, 4, 256));
            check(formulation + " autoencoder, decoding", everyFourth, OUTPUTS.get("vae/decoded-every-4th"));
            var latents = vae.encode(Rule.picture("input.picture", DataType.FLOAT, 1, 3, 256, 256));
            INDArray moments = Nd4j.concat(1, latents.mean(), latents.logVariance());
            check(formulation + " autoencoder, encoding", moments, OUTPUTS.get("vae/moments"));
        }
    }

    /** Weights once, activations of a 256x256 picture; a second copy of the weights would not fit into the bound. */
    @ParameterizedTest
    @EnumSource
    void aUNetFromAFileHoldsItsWeightsOnce(Formulations formulation, @TempDir Path folder) throws IOException {
        List<ParameterSpec> parameters = UNet.parameters(UNetConfig.sd15());
        Path file = folder.resolve("unet.safetensors");
        write(file, parameters);
        double weights =
                4.0 * parameters.stream().mapToLong(ParameterSpec::length).sum();
        long before = Resident.bytes();
        long start = System.nanoTime();
        try (var checkpoint = new CheckpointWeights(TensorFiles.open(file));
                UNet unet = new UNet(UNetConfig.sd15(), checkpoint, DataType.FLOAT, formulation.execution())) {
            double seconds = (System.nanoTime() - start) / 1e9;
            INDArray out = unet.predict(new UNetInput(
                    Rule.input("input.two.sample", DataType.FLOAT, 2, 4, 32, 32),
                    new double[] {1, 500},
                    Rule.input("input.two.context", DataType.FLOAT, 2, 77, 768)));
            long grown = Resident.bytes() - before;
            check(formulation + " UNet from a file", out, OUTPUTS.get("unet/two"));
            System.out.printf(
                    Locale.ROOT,
                    "%s UNet from a file of %.2f GB: %.2f s to open, %.2f GB resident after a prediction%n",
                    formulation,
                    weights / 1e9,
                    seconds,
                    grown / 1e9);
            assertThat(grown / weights).isLessThan(1.6);
        }
    }

    /** Half of the digits of every product are gone: within 2 % of the largest value. */
    @Test
    void aUNetInBfloat16StaysWithinTwoPercent() {
        assumeThat(FusedExecution.hasBfloat16()).isTrue();
        try (UNet unet = new UNet(
                UNetConfig.sd15(),
                Rule.weights("", DataType.FLOAT),
                DataType.FLOAT,
                FusedExecution.create(Precision.BFLOAT16))) {
            INDArray out = unet.predict(new UNetInput(
                    Rule.input("input.two.sample", DataType.FLOAT, 2, 4, 32, 32),
                    new double[] {1, 500},
                    Rule.input("input.two.context", DataType.FLOAT, 2, 77, 768)));
            check("UNet in bfloat16", out, OUTPUTS.get("unet/two"), 2e-2);
        }
    }

    /** Predictions and steps of training: what 20 of each hold is what 3 held, within 2 %. */
    @Test
    void aUNetDoesNotGrowFromStepToStep() {
        try (UNet unet = new UNet(
                UNetConfig.sd15(), Rule.weights("", DataType.FLOAT), DataType.FLOAT, FusedExecution.create())) {
            UNetInput input = new UNetInput(
                    Rule.input("input.sample", DataType.FLOAT, 1, 4, 32, 32),
                    new double[] {500},
                    Rule.input("input.context", DataType.FLOAT, 1, 77, 768));
            INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 32, 32);
            double afterThree = 0;
            for (int step = 1; step <= 20; step++) {
                unet.predict(input).close();
                UNetGradients gradients = unet.gradient(input, target, name -> name.contains("attn2.to_k"));
                gradients.sample().close();
                gradients.context().close();
                gradients.parameters().values().forEach(INDArray::close);
                if (step == 3) {
                    System.gc();
                    afterThree = Resident.bytes();
                }
            }
            System.gc();
            System.out.printf(
                    Locale.ROOT, "resident after 3 steps: %.0f bytes, after 20: %d%n", afterThree, Resident.bytes());
            assertThat(Resident.bytes() / afterThree).isBetween(0.98, 1.02);
        }
    }

    private static void write(Path file, List<ParameterSpec> parameters) throws IOException {
        SafetensorsWriter writer = SafetensorsWriter.create();
        List<INDArray> arrays = new ArrayList<>();
        for (ParameterSpec spec : parameters) {
            INDArray array = Rule.tensor(spec.name(), DataType.FLOAT, spec.shape());
            arrays.add(array);
            writer.add(spec.name(), array, DType.F32);
        }
        writer.write(file);
        arrays.forEach(INDArray::close);
    }

    private static void check(String what, INDArray actual, INDArray expected) {
        check(what, actual, expected, BOUND);
    }

    private static void check(String what, INDArray actual, INDArray expected, double bound) {
        System.out.printf(
                Locale.ROOT,
                "%s: largest difference from the reference %.1e of the largest value%n",
                what,
                Closeness.relative(actual, expected));
        assertClose(what, actual, expected, bound);
    }
}
