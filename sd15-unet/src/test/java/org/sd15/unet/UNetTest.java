package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.largestDifference;
import static org.sd15.testing.Closeness.relativeNorm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.testing.Fixture;
import org.sd15.testing.fused.Formulations;

/** Against diffusers 0.42.1 in PyTorch 2.15, float32, in both formulations: bounds are four times PyTorch's own distance from float64. */
@ParameterizedClass
@EnumSource
class UNetTest {

    @Parameter
    private Formulations formulation = Formulations.NATIVE;

    private static final double FORWARD = 4 * 2.1e-6;

    @Test
    void asksForExactlyTheParametersOfStableDiffusion15() throws IOException {
        List<ParameterSpec> expected = new ArrayList<>();
        var file = Fixture.resource("sd15-unet", "sd15-tensors.json").toFile();
        for (JsonNode tensor : new ObjectMapper().readTree(file).get("unet").get("list")) {
            long[] shape = new ObjectMapper().convertValue(tensor.get("shape"), long[].class);
            expected.add(new ParameterSpec(tensor.get("name").asText(), shape));
        }
        List<ParameterSpec> specs = UNet.parameters(UNetConfig.sd15());
        assertThat(specs).containsExactlyInAnyOrderElementsOf(expected).hasSize(686);
        assertThat(specs.stream().mapToLong(ParameterSpec::length).sum()).isEqualTo(859_520_964);
    }

    @ParameterizedTest
    @ValueSource(strings = {"square", "wide", "odd"})
    void predictsWhatDiffusersPredicts(String name) {
        try (UNet unet = TinySd.unet(formulation)) {
            assertClose(name, unet.predict(TinySd.input(name)), TinySd.CASES.get(name + "/out"), FORWARD);
        }
    }

    /** The sinusoid's angles are rounded to float32, here and there by another exponential: one unit in the last place. */
    @Test
    void predictsInFloat64WhatDiffusersDoesButForTheSinusoid() {
        try (UNet unet = TinySd.unet(DataType.DOUBLE)) {
            INDArray out = unet.predict(TinySd.input("square"));
            assertClose("float64", out, TinySd.CASES.get("square/out-f64"), 1e-8);
        }
    }

    @Test
    void theSinusoidIsPyTorchsToTheLastPlace() {
        Fixture file = Fixture.of("sd15-unet", "blocks/sinusoid");
        double[] timesteps = file.get("timesteps", DataType.DOUBLE).data().asDouble();
        for (int dim : new int[] {16, 320}) {
            INDArray sinusoid = TimestepEmbedding.sinusoid(timesteps, dim, DataType.FLOAT);
            INDArray expected = file.get("dim" + dim);
            for (int i = 0; i < timesteps.length; i++) {
                assertThat(largestDifference(sinusoid.getRow(i), expected.getRow(i)))
                        .as("t = %s", timesteps[i])
                        .isLessThanOrEqualTo(0x1p-24);
            }
        }
    }

    @Test
    void everyBlockPassesOnWhatItDoesInDiffusers() {
        Fixture blocks = Fixture.of("sd15-unet", "tiny-sd/unet-blocks");
        List<String> taps = blocks.names().stream()
                .filter(name -> !name.matches("time_proj|conv_norm_out|conv_out|down_blocks\\.."))
                .toList();
        assertThat(taps).hasSize(18);
        try (UNet unet = TinySd.unet(formulation)) {
            UNetOutput output = predict(unet, taps);
            assertClose("conv_out", output.sample(), blocks.get("conv_out"), FORWARD);
            for (String tap : taps) {
                INDArray value = output.tap(tap);
                INDArray expected = blocks.get(tap);
                assertClose(tap, value.rank() == 4 ? value.permute(0, 3, 1, 2) : value, expected, FORWARD);
            }
        }
    }

    /** Diffusers' maps are float32: ours in float64 lie within PyTorch's rounding of them, ours in float32 within our own. */
    @Test
    void all32AttentionMapsAreDiffusers() {
        Fixture maps = Fixture.of("sd15-unet", "tiny-sd/unet-attention");
        try (UNet single = TinySd.unet(formulation);
                UNet exact = TinySd.unet(DataType.DOUBLE)) {
            List<AttentionSite> sites = single.sites(16, 16, 77);
            assertThat(sites).hasSize(32);
            List<String> taps = sites.stream().map(AttentionSite::probs).toList();
            UNetOutput float32 = predict(single, taps);
            UNetOutput float64 = predict(exact, taps);
            for (AttentionSite site : sites) {
                INDArray expected = maps.get(site.name());
                INDArray probs = float64.tap(site.probs());
                assertThat(probs.shape()).containsExactly(1, 8, site.queries(), site.keys());
                int stride = (int) (probs.size(2) / expected.size(2));
                INDArray rows = probs.get(all(), all(), NDArrayIndex.interval(0, stride, probs.size(2)), all());
                assertClose(site.name(), rows, expected, FORWARD);
                assertClose(site.name(), float32.tap(site.probs()), probs, FORWARD);
            }
        }
    }

    private static UNetOutput predict(UNet unet, List<String> taps) {
        return unet.predict(TinySd.input("square"), AttentionPlan.PLAIN, AttentionControl.identity(1), taps);
    }

    @Test
    void everyGradientIsPyTorchs() throws IOException {
        Fixture file = Fixture.of("sd15-unet", "tiny-sd/unet-grad");
        try (UNet unet = TinySd.unet(formulation)) {
            UNetGradients gradients = unet.gradient(TinySd.input("square"), file.get("target"), name -> true);
            assertThat(gradients.loss()).isCloseTo(file.get("loss-f64").getDouble(0), within(1e-5));
            assertSameGradient("sample", gradients.sample(), file);
            assertSameGradient("context", gradients.context(), file);
            assertThat(gradients.parameters()).hasSize(686);
            gradients.parameters().forEach((name, gradient) -> assertSameGradient(name, gradient, file));
            JsonNode names = new ObjectMapper()
                    .readTree(Fixture.resource("sd15-unet", "sd15-tensors.json").toFile())
                    .get("unet")
                    .get("list");
            INDArray norms = file.get("norms-f64");
            for (int i = 0; i < names.size(); i++) {
                String name = names.get(i).get("name").asText();
                double norm = gradients.parameter(name).norm2Number().doubleValue();
                assertThat(norm).as(name).isCloseTo(norms.getDouble(i), withinPercentage(1e-2));
            }
        }
    }

    /** Large gradients are stored as every k-th element. */
    private static void assertSameGradient(String name, INDArray gradient, Fixture file) {
        INDArray expected = file.get("grad/" + name);
        long length = gradient.length();
        INDArray flat = gradient.dup('c').reshape(length);
        if (expected.length() != length) {
            long stride = 2 * ((length + 511) / 512);
            double[] some = new double[Math.toIntExact(expected.length())];
            Arrays.setAll(some, i -> flat.getDouble(i * stride));
            assertThat(relativeNorm(Nd4j.createFromArray(some), expected))
                    .as(name)
                    .isLessThan(1e-4);
        } else {
            assertThat(relativeNorm(flat, expected)).as(name).isLessThan(1e-4);
        }
    }
}
