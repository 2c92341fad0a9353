package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.Weights;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** What a UNet can't compute with is refused at the entry: nothing is broadcast, cast from integers or left to ND4J. */
class UNetRefusalsTest {

    private static final INDArray SAMPLE = Rule.input("sample", DataType.FLOAT, 2, 4, 8, 8);
    private static final INDArray CONTEXT = Rule.input("context", DataType.FLOAT, 2, Small.TOKENS, 12);
    private static final UNetInput INPUT = UNetInput.of(SAMPLE, 500, CONTEXT);
    private static final AttentionControl NONE = AttentionControl.identity(2);

    private static UNet unet(Formulations formulation) {
        return new UNet(Small.config(4), Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution());
    }

    private static void assertRefused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(parts);
    }

    @ParameterizedTest
    @EnumSource
    void aTargetOfAnotherShapeIsNotBroadcast(Formulations formulation) {
        try (UNet unet = unet(formulation)) {
            for (long[] shape : new long[][] {{1, 4, 8, 8}, {2, 1, 8, 8}, {2, 4, 8, 1}, {2, 4, 16, 16}}) {
                Target target = new Target(Nd4j.ones(DataType.FLOAT, shape), new double[(int) shape[0]], HUBER);
                for (Checkpointing checkpointing : Checkpointing.values()) {
                    String wanted = "must be [2, 4, 8, 8]";
                    assertRefused(() -> unet.gradient(INPUT, target, any -> true, checkpointing), "the target", wanted);
                    assertRefused(() -> unet.parameterGradients(INPUT, target, any -> true, checkpointing), wanted);
                }
            }
        }
    }

    private static final Loss HUBER = LossTest.HUBER;

    @ParameterizedTest
    @EnumSource
    void aCotangentOfAnotherShapeIsNotBroadcast(Formulations formulation) {
        try (UNet unet = unet(formulation)) {
            AttentionSite site = unet.sites(8, 8, Small.TOKENS).get(1);
            assertCotangentsRefused(
                    unet, "out", new long[] {2, 4, 8, 8}, new long[] {1, 4, 8, 8}, new long[] {2, 1, 8, 8});
            assertCotangentsRefused(unet, site.probs(), new long[] {2, 4, 64, 5}, new long[] {2, 1, 64, 5});
            assertCotangentsRefused(
                    unet, "mid_block", new long[] {2, 4, 4, 24}, new long[] {2, 4, 1, 24}, new long[] {24});
            assertCotangentsRefused(unet, "time_embedding", new long[] {2, 64}, new long[] {1, 64});
            INDArray one = Nd4j.ones(DataType.FLOAT, 1);
            assertRefused(() -> vjp(unet, "conv_in.bias", one), "conv_in.bias, which the UNet does not compute");
            assertRefused(() -> vjp(unet, "nothing", one), "no variable nothing");
            Map<String, INDArray> early = Map.of("time_embedding", Nd4j.ones(DataType.FLOAT, 2, 64));
            assertRefused(
                    () -> unet.vjp(INPUT, AttentionPlan.PLAIN, NONE, early),
                    "loss depends on none of [sample, context]");
        }
    }

    private static void assertCotangentsRefused(UNet unet, String name, long[] right, long[]... others) {
        for (long[] shape : others) {
            assertRefused(
                    () -> vjp(unet, name, Nd4j.ones(DataType.FLOAT, shape)),
                    "the cotangent of " + name,
                    "must be " + Arrays.toString(right));
        }
        INDArray integers = Nd4j.ones(DataType.LONG, right);
        assertRefused(() -> vjp(unet, name, integers), "the cotangent of " + name + " is of type LONG");
    }

    private static UNetGradients vjp(UNet unet, String name, INDArray cotangent) {
        Map<String, INDArray> cotangents =
                name.equals("out") ? Map.of(name, cotangent) : Map.of("out", SAMPLE, name, cotangent);
        return unet.vjp(INPUT, AttentionPlan.PLAIN, NONE, cotangents);
    }

    /** What was learnt of a shape in one batch holds for another. */
    @Test
    void theShapeOfABlocksOutputFollowsTheBatch() {
        try (UNet unet = unet(Formulations.NATIVE)) {
            INDArray both = Rule.input("cotangent", DataType.FLOAT, 2, 4, 4, 24);
            UNetGradients together = unet.vjp(INPUT, AttentionPlan.PLAIN, NONE, Map.of("mid_block", both));
            for (int row = 0; row < 2; row++) {
                INDArray cotangent = both.get(rows(row)).dup();
                UNetInput alone = UNetInput.of(SAMPLE.get(rows(row)), 500, CONTEXT.get(rows(row)));
                UNetGradients found = unet.vjp(
                        alone, AttentionPlan.PLAIN, AttentionControl.identity(1), Map.of("mid_block", cotangent));
                assertClose("sample", found.sample(), together.sample().get(rows(row)), 1e-5);
            }
        }
    }

    private static INDArrayIndex rows(int row) {
        return NDArrayIndex.interval(row, row + 1);
    }

    @Test
    void anInputMustBeThereAndHoldFloatingPointNumbers() {
        for (DataType type : new DataType[] {DataType.LONG, DataType.BOOL, DataType.INT}) {
            INDArray other = Nd4j.zeros(type, SAMPLE.shape());
            assertRefused(() -> UNetInput.of(other, 500, CONTEXT), "the sample is of type " + type);
            INDArray ids = Nd4j.zeros(type, CONTEXT.shape());
            assertRefused(() -> UNetInput.of(SAMPLE, 500, ids), "the context is of type " + type);
        }
        assertRefused(() -> UNetInput.of(SAMPLE, Double.NaN, CONTEXT), "time steps must be finite", "NaN");
        assertRefused(
                () -> new UNetInput(SAMPLE, new double[] {1, Double.POSITIVE_INFINITY}, CONTEXT), "[1.0, Infinity]");
        INDArray noText = Nd4j.create(DataType.FLOAT, 2, 0, 12);
        assertRefused(() -> UNetInput.of(SAMPLE, 500, noText), "the context has shape [2, 0, 12]: no side may be 0");
        INDArray noPicture = Nd4j.create(DataType.FLOAT, 0, 4, 8, 8);
        assertRefused(() -> UNetInput.of(noPicture, 500, CONTEXT), "the sample has shape [0, 4, 8, 8]");
        assertThatThrownBy(() -> UNetInput.of(nothing(), 500, CONTEXT)).hasMessage("UNet input: the sample is null");
        assertThatThrownBy(() -> UNetInput.of(SAMPLE, 500, nothing())).hasMessage("UNet input: the context is null");
    }

    @SuppressWarnings("NullAway") // as a caller without null checks has it
    private static INDArray nothing() {
        return null;
    }

    @Test
    void aTargetMustBeThereAndCountable() {
        assertRefused(() -> Target.of(Nd4j.zeros(DataType.BOOL, 2, 4, 8, 8)), "the target is of type BOOL");
        assertRefused(() -> Target.of(Nd4j.zeros(2, 4, 8)), "the target has shape [2, 4, 8]");
        assertRefused(() -> Target.of(SAMPLE).weighted(1), "1 weights for a target of 2 pictures");
        assertRefused(() -> Target.of(SAMPLE).weighted(1, Double.NaN), "weights of pictures", "[1.0, NaN]");
        assertThatThrownBy(() -> Target.of(nothing())).hasMessage("the target is null");
    }

    /** Reading memory that was given back ends the process. */
    @ParameterizedTest
    @EnumSource
    void whatWasClosedMeanwhileIsNotRead(Formulations formulation) {
        Weights weights = Rule.weights("", DataType.FLOAT);
        try (UNet unet = new UNet(Small.config(4), weights, DataType.FLOAT, formulation.execution())) {
            INDArray gone = SAMPLE.dup();
            UNetInput closed = UNetInput.of(gone, 500, CONTEXT);
            gone.close();
            for (Consumer<UNetInput> entry : entries(unet)) {
                assertRefused(() -> entry.accept(closed), "the sample was closed");
            }
            unet.weights().get("conv_out.weight").close();
            for (Consumer<UNetInput> entry : entries(unet)) {
                assertThatThrownBy(() -> entry.accept(INPUT))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the weight conv_out.weight was closed");
            }
        }
    }

    private static Iterable<Consumer<UNetInput>> entries(UNet unet) {
        Target target = Target.of(SAMPLE);
        return List.of(
                unet::predict,
                input -> unet.read(input, List.of("mid_block")),
                input -> unet.gradient(input, target, any -> false, Checkpointing.NONE),
                input -> unet.gradient(input, target, any -> true, Checkpointing.BLOCKS),
                input -> unet.vjp(input, AttentionPlan.PLAIN, NONE, Map.of("out", SAMPLE)));
    }

    @ParameterizedTest
    @EnumSource(names = {"HALF", "BFLOAT16", "LONG"})
    void nothingComputesInHalfPrecision(DataType type) {
        assertRefused(
                () -> new UNet(Small.config(4), Rule.weights("", DataType.FLOAT), type),
                "nothing computes in " + type + ": FLOAT, or DOUBLE for checks");
    }

    /** Weights and inputs in half precision are what they say, and are computed with in float32. */
    @Test
    void halfPrecisionIsConverted() {
        UnaryOperator<INDArray> half = array -> array.castTo(DataType.HALF);
        Weights rounded = spec -> half.apply(Rule.tensor(spec.name(), DataType.FLOAT, spec.shape()));
        try (UNet unet = new UNet(Small.config(4), rounded)) {
            assertThat(unet.weights().get("conv_in.bias").dataType()).isEqualTo(DataType.FLOAT);
            INDArray out = unet.predict(UNetInput.of(half.apply(SAMPLE), 500, half.apply(CONTEXT)));
            assertThat(out.dataType()).isEqualTo(DataType.FLOAT);
        }
    }

    @Test
    void aPlanForAnotherSizeIsRefused() {
        try (UNet unet = unet(Formulations.NATIVE)) {
            AttentionPlan plan = AttentionPlan.PLAIN.bias(unet.sites(16, 16, Small.TOKENS), site -> site.index() < 2);
            assertRefused(
                    () -> unet.predict(INPUT, plan, NONE, List.of()),
                    "the plan of attention ports has down_blocks.0.attentions.0.transformer_blocks.0.attn1",
                    "256 queries",
                    "the model one of 64 and 64");
        }
    }
}
