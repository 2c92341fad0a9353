package org.sd15.pipeline.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.importer.ModelPart;
import org.sd15.importer.lora.Axis;
import org.sd15.importer.lora.FullDifference;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraModule;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.importer.lora.Scaling;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;

/** LoHa, LoKr, DoRA, (IA)3, OFT and full differences in a model that runs, merged as LyCORIS and PEFT merge them. */
class LoraFamilyMergeTest {

    private static final Fixture MERGED = Fixture.of("import", "lora/family/merged");
    private static final TinySd MODEL = new TinySd();
    private static final LoraModule TO_Q =
            LoraModule.unet("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q");

    @AfterEach
    void clear() {
        MODEL.loras.clear();
    }

    @AfterAll
    static void close() {
        MODEL.close();
    }

    private static LoraWeights read(String name) throws IOException {
        String file = "family/" + name + (name.startsWith("peft_") ? "" : ".safetensors");
        return LoraFile.read(TinySd.file(file), MODEL.loras.targets());
    }

    private static Map<String, INDArray> weights() {
        Map<String, INDArray> all = new LinkedHashMap<>(MODEL.unet.weights());
        all.putAll(MODEL.text.weights());
        return all;
    }

    private static INDArray weight(String name) {
        return Objects.requireNonNull(weights().get(name), name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lycoris_locon",
                "lycoris_loha",
                "lycoris_lokr",
                "lycoris_dora",
                "lycoris_ia3",
                "lycoris_oft",
                "lycoris_oft_diag",
                "lycoris_full",
                "peft_loha",
                "peft_lokr",
                "peft_dora",
                "peft_ia3",
                "peft_oft",
                "peft_oft_exact"
            })
    void mergedIsWhatTheLibrariesMergeAndTakenOutLeavesNoTrace(String name) throws IOException {
        Map<String, INDArray> before = new LinkedHashMap<>(weights());
        Map<String, INDArray> bits = new LinkedHashMap<>();
        before.forEach((key, array) -> bits.put(key, array.dup()));
        INDArray prediction = MODEL.predict();
        MODEL.loras.add(name, read(name), 0.7);
        assertMergedInPart(name);
        MODEL.loras.scale(name, 1);
        List<String> merged = MERGED.names().stream()
                .filter(key -> key.startsWith(name + "/") && key.endsWith("@1.0"))
                .toList();
        for (String key : merged) {
            String parameter = key.substring(name.length() + 1, key.indexOf('@'));
            assertThat(largestDifference(weight(parameter), MERGED.get(key)))
                    .as(parameter)
                    .isLessThan(1e-6);
        }
        assertThat(weights().entrySet().stream().filter(entry -> entry.getValue() != before.get(entry.getKey())))
                .hasSameSizeAs(merged);
        assertThat(largestDifference(MODEL.predict(), prediction)).isGreaterThan(1e-3);
        MODEL.loras.scale(name, 0);
        weights().forEach((key, array) -> assertThat(array).as(key).isSameAs(before.get(key)));
        MODEL.loras.scale(name, -0.4);
        MODEL.loras.remove(name);
        weights().forEach((key, array) -> {
            assertThat(array).as(key).isSameAs(before.get(key));
            assertSameBits(key, array, Objects.requireNonNull(bits.get(key)));
        });
        assertSameBits("prediction", MODEL.predict(), prediction);
    }

    /** At scale 0.7, of which every fourth number is there; PEFT gives (IA)3 and OFT no scale. */
    private static void assertMergedInPart(String name) {
        MERGED.names().stream()
                .filter(key -> key.startsWith(name + "/") && key.endsWith("@0.7"))
                .forEach(key -> {
                    INDArray whole = weight(key.substring(name.length() + 1, key.indexOf('@')));
                    INDArray few =
                            whole.dup('c').reshape(whole.length()).get(NDArrayIndex.interval(0, 4, whole.length()));
                    assertThat(largestDifference(few, MERGED.get(key))).as(key).isLessThan(1e-6);
                });
    }

    /** What multiplies takes what was added before it, not what is added after it. */
    @Test
    void changesAreMadeInTheirOrder() {
        INDArray difference = Rule.input("difference", DataType.FLOAT, 32, 32);
        INDArray offsets = Rule.input("offsets", DataType.FLOAT, 32);
        LoraWeights adds =
                LoraWeights.builder().add(TO_Q, new FullDifference(difference)).build();
        LoraWeights scales = LoraWeights.builder()
                .add(TO_Q, new Scaling(offsets, Axis.OUTPUT))
                .build();
        INDArray base = weight(TO_Q.weight()).castTo(DataType.DOUBLE);
        INDArray half = difference.castTo(DataType.DOUBLE).mul(0.5);
        INDArray factors =
                offsets.castTo(DataType.DOUBLE).mul(0.3).add(1).reshape(32, 1).broadcast(32, 32);
        MODEL.loras.add("adds", adds, 0.5);
        MODEL.loras.add("scales", scales, 0.3);
        assertThat(largestDifference(weight(TO_Q.weight()), base.add(half).mul(factors)))
                .isLessThan(1e-6);
        MODEL.loras.clear();
        MODEL.loras.add("scales", scales, 0.3);
        MODEL.loras.add("adds", adds, 0.5);
        assertThat(largestDifference(weight(TO_Q.weight()), base.mul(factors).add(half)))
                .isLessThan(1e-6);
    }

    @Test
    void whatDoesNotFitABiasChangesNothing() {
        INDArray before = weight("conv_in.bias");
        LoraWeights.Builder lora = LoraWeights.builder();
        lora.addToBias(LoraModule.unet("conv_in"), new FullDifference(Rule.input("b", DataType.FLOAT, 31)));
        assertThatThrownBy(() -> MODEL.loras.add("bad", lora.build(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("full difference", "[31]", "does not fit a weight of [32]");
        LoraWeights none = LoraWeights.builder()
                .addToBias(TO_Q, new FullDifference(Rule.input("b", DataType.FLOAT, 32)))
                .build();
        assertThatThrownBy(() -> MODEL.loras.add("bad", none, 1))
                .hasMessageContaining("the %s has no weight %s.bias", ModelPart.UNET, TO_Q.path());
        assertThat(weight("conv_in.bias")).isSameAs(before);
    }
}
