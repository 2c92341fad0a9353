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
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.importer.lora.LoraModule;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.testing.Elsewhere;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;

/**
 * Merged LoRAs against diffusers 0.42.1 and peft 0.21.0, which computed them beside the weights ("unfused"), in
 * float32. The numbers were made by the section {@code lora} of tools/reference/make_pipeline.py; merged in PyTorch
 * they differ from these by up to 8e-6.
 */
class LorasTest {

    private static final double BOUND = 2e-5;
    private static final String TO_K = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k";
    private static final TinySd MODEL = new TinySd();

    @AfterEach
    void clear() {
        MODEL.loras.clear();
    }

    @AfterAll
    static void close() {
        MODEL.close();
    }

    /** On one model, one after the other: graphs that were built for other weights must not be used again. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "peft",
                "peft_alpha",
                "diffusers",
                "kohya",
                "kohya_no_alpha",
                "kohya_conv",
                "processor",
                "processor_unet_only"
            })
    void mergedGivesWhatPeftGivesUnfused(String name) throws IOException {
        MODEL.loras.add(name, MODEL.read(name), 1);
        assertOutputs(name + ".%s.1.0");
        MODEL.loras.scale(name, 0.7);
        assertOutputs(name + ".%s.0.7");
    }

    private static void assertOutputs(String key) {
        assertThat(largestDifference(MODEL.predict(), TinySd.OUTPUTS.get(key.formatted("unet"))))
                .as(key.formatted("unet"))
                .isLessThan(BOUND);
        assertThat(largestDifference(MODEL.encode(), TinySd.OUTPUTS.get(key.formatted("text"))))
                .as(key.formatted("text"))
                .isLessThan(BOUND);
    }

    @Test
    void takenOutTheyLeaveEveryBitAsItWas() throws IOException {
        Map<String, INDArray> before = copy(weights());
        INDArray prediction = MODEL.predict();
        INDArray states = MODEL.encode();
        MODEL.loras.add("a", MODEL.read("kohya_conv"), 0.3);
        MODEL.loras.add("b", MODEL.read("peft"), -0.9);
        MODEL.loras.scale("a", 1.7);
        MODEL.loras.remove("b");
        MODEL.loras.add("b", MODEL.read("diffusers"), 1);
        assertThat(MODEL.loras.merged()).containsOnlyKeys("a", "b");
        MODEL.loras.remove("a");
        MODEL.loras.remove("b");
        assertThat(MODEL.loras.merged()).isEmpty();
        weights().forEach((name, array) -> assertSameBits(name, array, Objects.requireNonNull(before.get(name))));
        assertSameBits("prediction", MODEL.predict(), prediction);
        assertSameBits("text states", MODEL.encode(), states);
    }

    private static Map<String, INDArray> weights() {
        Map<String, INDArray> all = new LinkedHashMap<>(MODEL.unet.weights());
        all.putAll(MODEL.text.weights());
        return all;
    }

    private static Map<String, INDArray> copy(Map<String, INDArray> arrays) {
        Map<String, INDArray> copies = new LinkedHashMap<>();
        arrays.forEach((name, array) -> copies.put(name, array.dup()));
        return copies;
    }

    @Test
    void onlyTheWeightsThatALoraAddsToAreCopied() throws IOException {
        Map<String, INDArray> before = Map.copyOf(weights());
        LoraWeights lora = MODEL.read("processor");
        MODEL.loras.add("lora", lora, 1);
        Map<String, INDArray> after = weights();
        long own = after.entrySet().stream()
                .filter(weight -> weight.getValue() != before.get(weight.getKey()))
                .count();
        assertThat(own).isEqualTo(lora.layers().size()).isEqualTo(136);
        MODEL.loras.clear();
        assertThat(weights()).allSatisfy((name, array) -> assertThat(array).isSameAs(before.get(name)));
    }

    /** The sum in double: alpha by rank is 2/4 in the first and 4/4 in the second. */
    @Test
    void severalAddUp() throws IOException {
        LoraWeights first = MODEL.read("kohya");
        LoraWeights second = MODEL.read("peft");
        INDArray expected = weight().castTo(DataType.DOUBLE).dup();
        expected.addi(product(first).muli(0.7 * 0.5)).addi(product(second).muli(-1.5));
        MODEL.loras.add("first", first, 0.7);
        MODEL.loras.add("second", second, -1.5);
        assertThat(largestDifference(weight(), expected)).isLessThan(1e-6);
    }

    private static INDArray weight() {
        return Objects.requireNonNull(MODEL.unet.weights().get(TO_K + ".weight"));
    }

    private static INDArray product(LoraWeights lora) {
        var layer = Objects.requireNonNull(lora.layers().get(LoraModule.unet(TO_K)));
        return layer.up().castTo(DataType.DOUBLE).mmul(layer.down().castTo(DataType.DOUBLE));
    }

    @Test
    void namesAndScalesAreChecked() throws IOException {
        LoraWeights lora = MODEL.read("peft");
        MODEL.loras.add("a", lora, 1);
        assertThatThrownBy(() -> MODEL.loras.add("a", lora, 1)).hasMessageContaining("a LoRA a already");
        assertThatThrownBy(() -> MODEL.loras.scale("b", 1)).hasMessage("there is no LoRA b, only [a]");
        assertThatThrownBy(() -> MODEL.loras.remove("b")).hasMessage("there is no LoRA b, only [a]");
        assertThatThrownBy(() -> MODEL.loras.scale("a", Double.NaN)).hasMessageContaining("is NaN");
    }

    /** The text encoder comes after the UNet: when it refuses, the UNet has to be as before, too. */
    @Test
    void whatDoesNotFitChangesNothing() throws IOException {
        MODEL.loras.add("good", MODEL.read("kohya"), 1);
        Map<String, INDArray> before = copy(weights());
        LoraWeights.Builder bad = LoraWeights.builder().unet(TO_K, array(2, 32), array(64, 2), 2);
        LoraWeights noModule = bad.textEncoder("text_model.lost", array(2, 32), array(32, 2), 2)
                .build();
        assertThatThrownBy(() -> MODEL.loras.add("bad", noModule, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the text_encoder has no weight text_model.lost.weight");
        LoraWeights wrongShape =
                LoraWeights.builder().unet(TO_K, array(2, 31), array(64, 2), 2).build();
        assertThatThrownBy(() -> MODEL.loras.add("bad", wrongShape, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not fit a weight of [64, 32]");
        assertThat(MODEL.loras.merged()).containsOnlyKeys("good");
        weights().forEach((name, array) -> assertSameBits(name, array, Objects.requireNonNull(before.get(name))));
    }

    private static INDArray array(long... shape) {
        return Rule.input("lora", DataType.FLOAT, shape);
    }

    /** Sums that two handles have are freed by neither while the other computes with them. */
    @Test
    void eachHandleHasItsOwnLorasFromTheTimeOfSharingOn() throws IOException {
        LoraWeights lora = MODEL.read("peft");
        INDArray plain = MODEL.predict();
        MODEL.loras.add("peft", lora, 1);
        INDArray merged = MODEL.predict();
        try (UNet unet = MODEL.unet.share();
                ClipTextEncoder text = MODEL.text.share()) {
            Loras shared = MODEL.loras.share(unet, text);
            assertThat(shared.merged()).containsOnlyKeys("peft");
            assertSameBits("shared", MODEL.predict(unet), merged);
            MODEL.loras.clear();
            assertSameBits("taken out here", MODEL.predict(), plain);
            assertSameBits("stays there", MODEL.predict(unet), merged);
            shared.scale("peft", 0.5);
            shared.scale("peft", 1);
            assertSameBits("merged anew there", MODEL.predict(unet), merged);
            shared.clear();
            assertSameBits("taken out there", MODEL.predict(unet), plain);
        }
    }

    @Test
    void aChangeWhileAModelIsInUseIsRefusedAndChangesNothing() throws Exception {
        LoraWeights lora = MODEL.read("peft");
        INDArray plain = MODEL.predict();
        for (ExclusiveUse part : List.of(MODEL.unet.access(), MODEL.text.access())) {
            Elsewhere.during(
                    part,
                    () -> assertThatThrownBy(() -> MODEL.loras.add("peft", lora, 1))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("is in use by thread " + Elsewhere.NAME));
        }
        assertThat(MODEL.loras.merged()).isEmpty();
        assertSameBits("prediction", MODEL.predict(), plain);
    }
}
