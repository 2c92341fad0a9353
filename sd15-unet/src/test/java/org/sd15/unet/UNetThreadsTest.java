package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.testing.Elsewhere;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** One UNet and several threads. */
class UNetThreadsTest {

    private static final String WEIGHT = "conv_in.bias";

    private static final UNetInput INPUT = Small.input(8, 8);

    private static UNet unet(Formulations formulation) {
        return new UNet(Small.config(4), Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution());
    }

    /** Everything that computes, or that changes what is computed. */
    private static Map<String, Consumer<UNet>> entries() {
        AttentionControl control = AttentionControl.identity(1);
        INDArray target = INPUT.sample();
        return Map.of(
                "predict", unet -> unet.predict(INPUT),
                "control", unet -> unet.predict(INPUT, AttentionPlan.PLAIN, control, List.of()),
                "read", unet -> unet.read(INPUT, List.of("out")),
                "gradient", unet -> unet.gradient(INPUT, target, WEIGHT::equals),
                "blocks", unet -> unet.gradient(INPUT, Target.of(target), WEIGHT::equals, Checkpointing.BLOCKS),
                "parameters",
                        unet -> unet.parameterGradients(INPUT, Target.of(target), WEIGHT::equals, Checkpointing.NONE),
                "vjp", unet -> unet.vjp(INPUT, AttentionPlan.PLAIN, control, Map.of("out", target)),
                "replaceWeights", unet -> unet.replaceWeights(Map.of()),
                "share", unet -> unet.share().close());
    }

    @Test
    void isForOneThreadAtATimeAndUntilItIsClosed() throws Exception {
        UNet unet = unet(Formulations.FUSED);
        Elsewhere.during(unet.access(), () -> {
            entries()
                    .forEach((name, entry) -> assertThatThrownBy(() -> entry.accept(unet))
                            .as(name)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContainingAll("the UNet", Elsewhere.NAME, "share()"));
            assertThatThrownBy(unet::close)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(Elsewhere.NAME);
        });
        INDArray expected = unet.predict(INPUT);
        Elsewhere.now(() -> assertSameBits("by turns", unet.predict(INPUT), expected));
        unet.close();
        unet.close();
        entries()
                .forEach((name, entry) -> assertThatThrownBy(() -> entry.accept(unet))
                        .as(name)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("the UNet is closed"));
    }

    @ParameterizedTest
    @EnumSource
    void aSharedHandlePredictsTheSameBitsAndIsClosedApart(Formulations formulation) throws Exception {
        UNet unet = unet(formulation);
        UNet shared = unet.share();
        INDArray expected = unet.predict(INPUT);
        Elsewhere.during(unet.access(), () -> assertSameBits("shared", shared.predict(INPUT), expected));
        unet.close();
        assertSameBits("after the other was closed", shared.predict(INPUT), expected);
        try (UNet third = shared.share()) {
            shared.close();
            assertSameBits("of the second", third.predict(INPUT), expected);
        }
    }

    @Test
    void weightsOfSharedHandlesAreInMemoryOnce() {
        FusedExecution execution = FusedExecution.create();
        try (UNet unet = new UNet(Small.config(4), Rule.weights("", DataType.FLOAT), DataType.FLOAT, execution);
                UNet shared = unet.share()) {
            unet.predict(INPUT);
            long packed = execution.packedBytes();
            shared.predict(INPUT);
            assertThat(execution.packedBytes()).isEqualTo(packed).isPositive();
            unet.weights()
                    .forEach((name, array) ->
                            assertThat(shared.weights().get(name)).isSameAs(array));
        }
    }

    @Test
    void whatIsReplacedInOneHandleStaysInTheOther() {
        try (UNet unet = unet(Formulations.FUSED);
                UNet shared = unet.share()) {
            INDArray before = unet.predict(INPUT);
            INDArray weight = unet.weights().get(WEIGHT);
            shared.replaceWeights(Map.of(WEIGHT, weight.add(1)));
            assertSameBits("this one", unet.predict(INPUT), before);
            assertThat(shared.predict(INPUT)).isNotEqualTo(before);
            shared.replaceWeights(Map.of(WEIGHT, weight));
            assertSameBits("put back", shared.predict(INPUT), before);
        }
    }

    @Test
    void onlyTheWeightsOfASingleHandleMayBeWrittenTo() {
        try (UNet unet = unet(Formulations.NATIVE)) {
            unet.requireUnshared();
            UNet shared = unet.share();
            assertThatThrownBy(unet::requireUnshared)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the UNet shares its weights with 1 other");
            shared.close();
            shared.close();
            unet.requireUnshared();
        }
    }
}
