package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.LowRank;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;
import org.sd15.unet.BuiltGraph.Objective;

/** Gradients by blocks against those of the whole graph. */
class CheckpointingTest {

    /**
     * Of the largest value of each array. Contributions to what several blocks read, the text and the time, are added in
     * another order; all else has the same bits.
     */
    private static final double FLOAT = 2e-6;

    private static final double DOUBLE = 1e-14;
    private static final double[] WEIGHTS = {1, 0.5};

    private static final Predicate<String> CROSS = name -> name.matches(".*attn2\\.to_[kv]\\..*");

    @ParameterizedTest
    @EnumSource(Formulations.class)
    void fullTrainingHasTheGradientsOfTheWholeGraph(Formulations formulation) {
        compare(formulation.execution(), DataType.FLOAT, Adapters.NONE, name -> true, Loss.SQUARED_ERROR, 7, 12, FLOAT);
    }

    @Test
    void inDoublePrecisionNothingButTheOrderOfSumsIsLeft() {
        compare(Execution.NATIVE, DataType.DOUBLE, Adapters.NONE, name -> true, LossTest.HUBER, 7, 9, DOUBLE);
    }

    @ParameterizedTest
    @EnumSource(Formulations.class)
    void lowRankAdditionsHaveTheGradientsOfTheWholeGraph(Formulations formulation) {
        Adapters adapters = Adapters.on(path -> path.matches(".*(to_q|to_k|to_v|to_out\\.0|conv1)"), new LowRank(2, 3));
        compare(
                formulation.execution(),
                DataType.FLOAT,
                adapters,
                name -> name.contains("lora_"),
                Loss.SQUARED_ERROR,
                9,
                10,
                FLOAT);
    }

    @ParameterizedTest
    @EnumSource(Formulations.class)
    void crossAttentionAloneHasTheGradientsOfTheWholeGraph(Formulations formulation) {
        compare(formulation.execution(), DataType.FLOAT, Adapters.NONE, CROSS, LossTest.HUBER, 8, 8, FLOAT);
    }

    @Test
    void oneBlockAloneHasTheGradientsOfTheWholeGraph() {
        Predicate<String> middle = name -> name.startsWith("mid_block.");
        compare(
                Formulations.FUSED.execution(),
                DataType.FLOAT,
                Adapters.NONE,
                middle,
                Loss.SQUARED_ERROR,
                16,
                16,
                FLOAT);
    }

    private static void compare(
            Execution execution,
            DataType type,
            Adapters adapters,
            Predicate<String> trained,
            Loss loss,
            int height,
            int width,
            double bound) {
        UNetInput input = TinySd.rows(2, height, width);
        Target weighted = Target.of(Rule.input("target", type, 2, 4, height, width))
                .weighted(WEIGHTS)
                .by(loss);
        try (UNet unet = new UNet(TinySd.config(), Rule.weights("", type), type, adapters, execution)) {
            UNetGradients whole = unet.gradient(input, weighted, trained, Checkpointing.NONE);
            UNetGradients blocks = unet.gradient(input, weighted, trained, Checkpointing.BLOCKS);
            assertThat(blocks.loss()).isCloseTo(whole.loss(), within(bound * whole.loss()));
            assertThat(blocks.errors()).hasSize(2);
            assertClose("sample", blocks.sample(), whole.sample(), bound);
            assertClose("context", blocks.context(), whole.context(), bound);
            assertThat(blocks.parameters())
                    .isNotEmpty()
                    .containsOnlyKeys(whole.parameters().keySet());
            blocks.parameters().forEach((name, gradient) -> assertClose(name, gradient, whole.parameter(name), bound));
            ParameterGradients alone = unet.parameterGradients(input, weighted, trained, Checkpointing.BLOCKS);
            alone.parameters().forEach((name, gradient) -> assertSameBits(name, gradient, blocks.parameter(name)));
            ParameterGradients wholeAlone = unet.parameterGradients(input, weighted, trained, Checkpointing.NONE);
            wholeAlone.parameters().forEach((name, gradient) -> assertSameBits(name, gradient, whole.parameter(name)));
        }
    }

    @Test
    void holdsTheActivationsOfOneBlock() {
        UNetInput input = TinySd.rows(2, 32, 32);
        Target target =
                Target.of(Rule.input("target", DataType.FLOAT, 2, 4, 32, 32)).weighted(WEIGHTS);
        try (UNet unet = TinySd.unet(Formulations.FUSED)) {
            Set<String> names = new HashSet<>();
            unet.weights().keySet().stream().filter(CROSS).forEach(names::add);
            unet.parameterGradients(input, target, CROSS, Checkpointing.NONE);
            unet.parameterGradients(input, target, CROSS, Checkpointing.BLOCKS);
            long whole = unet.graphs()
                    .of(input, AttentionPlan.PLAIN, new Objective.Deviation(Loss.SQUARED_ERROR, names))
                    .gradient()
                    .activationBytes();
            long blocks = unet.graphs()
                    .inBlocks(input, Loss.SQUARED_ERROR, names, false)
                    .activationBytes();
            assertThat(blocks).isPositive().isLessThan((long) (0.6 * whole));
        }
    }
}
