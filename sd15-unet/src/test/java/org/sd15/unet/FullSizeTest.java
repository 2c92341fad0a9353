package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.testing.Closeness;
import org.sd15.testing.Fixture;
import org.sd15.testing.Resident;
import org.sd15.testing.Rule;

/**
 * The UNet of Stable Diffusion 1.5 in its real size, weights by the rule, against diffusers 0.42.1. Needs 12 GB of memory
 * and a minute: {@code ./mvnw -Pfull verify}.
 */
@Tag("full")
class FullSizeTest {

    private static final double BOUND = 2e-5;
    private static final Fixture OUTPUTS = Fixture.of("sd15-unet", "full/outputs");
    private static final UNet UNET = new UNet(UNetConfig.sd15(), Rule.weights("", DataType.FLOAT));

    @AfterAll
    static void close() {
        UNET.close();
    }

    @Test
    void predictsAt64x64WhatDiffusersPredictsBlockByBlock() throws IOException {
        JsonNode summary = new ObjectMapper()
                .readTree(Fixture.resource("sd15-unet", "full/summary.json").toFile())
                .get("unet/one");
        List<String> taps = new ArrayList<>();
        summary.fieldNames().forEachRemaining(name -> {
            if (name.matches("(mid_block|up_blocks\\..|conv_in)")) {
                taps.add(name);
            }
        });
        assertThat(taps).hasSize(6);
        UNetOutput output =
                UNET.predict(input("one", 1, 64, 64, 981), AttentionPlan.PLAIN, AttentionControl.identity(1), taps);
        report("64x64, batch 1", output.sample(), OUTPUTS.get("unet/one"));
        assertClose("prediction", output.sample(), OUTPUTS.get("unet/one"), BOUND);
        for (String tap : taps) {
            INDArray values = output.tap(tap).permute(0, 3, 1, 2).dup('c');
            JsonNode expected = summary.get(tap);
            double std = expected.get("std").asDouble();
            assertThat(values.meanNumber().doubleValue())
                    .as(tap)
                    .isCloseTo(expected.get("mean").asDouble(), within(1e-4 * std));
            for (int i = 0; i < 8; i++) {
                double value = expected.get("first8").get(i).asDouble();
                assertThat(values.data().getDouble(i)).as(tap).isCloseTo(value, within(1e-4 * std));
            }
        }
    }

    @Test
    void predictsTwoPicturesAtDifferentTimes() {
        INDArray out = UNET.predict(input("two", 2, 32, 32, 1, 500));
        report("32x32, batch 2", out, OUTPUTS.get("unet/two"));
        assertClose("prediction", out, OUTPUTS.get("unet/two"), BOUND);
    }

    @Test
    void staysBelowTenGigabytes() {
        UNetInput input = input("one", 1, 64, 64, 981);
        UNET.predict(input).close();
        long before = System.nanoTime();
        UNET.predict(input).close();
        System.out.printf(
                Locale.ROOT,
                "UNet 64x64, batch 1: %.1f s, peak resident %.2f GB%n",
                (System.nanoTime() - before) / 1e9,
                Resident.peakBytes() / 1e9);
        assertThat(Resident.peakBytes()).isLessThan(10_000_000_000L);
    }

    private static UNetInput input(String name, int batch, int height, int width, double... timesteps) {
        return new UNetInput(
                Rule.input("input." + name + ".sample", DataType.FLOAT, batch, 4, height, width),
                timesteps,
                Rule.input("input." + name + ".context", DataType.FLOAT, batch, 77, 768));
    }

    private static void report(String what, INDArray actual, INDArray expected) {
        System.out.printf(
                Locale.ROOT,
                "UNet %s: largest difference from diffusers %.1e of the largest value%n",
                what,
                Closeness.relative(actual, expected));
    }
}
