package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;
import org.sd15.testing.Rule;

/**
 * Central differences over every parameter of a network around the layer, by DL4J's own checker. A parameter passes if
 * its relative error is at most 1e-6, or if both gradients are zero within 1e-10.
 */
class LayerGradientTest {

    private static final int BATCH = 3;
    private static final int COLUMNS = 2;
    private static final int WORDS = 3;

    @BeforeAll
    static void theCheckerAsksForDoubles() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void restoreTheDefault() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    @ParameterizedTest
    @EnumSource
    void gradientsAreDifferenceQuotients(Wiring wiring) {
        check(wiring, null);
    }

    /** The second picture has two words, the third none. */
    @ParameterizedTest
    @EnumSource(names = "MAP_TO_ITSELF", mode = Mode.EXCLUDE)
    void gradientsUnderAMaskAreDifferenceQuotients(Wiring wiring) {
        int tokens = wiring.cross ? WORDS : 2 * COLUMNS;
        INDArray mask = Nd4j.ones(DataType.DOUBLE, BATCH, tokens);
        mask.getRow(1)
                .assign(Nd4j.zeros(DataType.DOUBLE, tokens))
                .putScalar(0, 1)
                .putScalar(2, 1);
        mask.getRow(2).assign(0);
        check(wiring, wiring.cross ? new INDArray[] {null, mask} : new INDArray[] {mask});
    }

    /** A setting of the layer for as many queries as words, and how many parameters it then has. */
    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    enum Setting {
        BIASES(layer -> layer.projectionBias(true), 8),
        CAUSAL(layer -> layer.causal(true), 5),
        DENSE(layer -> layer.mask(new AttentionMask(List.of("1100", "0110", "0000", "1001"))), 5),
        WIDE_HEADS(layer -> layer.headDim(5), 5),
        DROPPED_WEIGHTS(layer -> layer.attentionDropOut(0.6), 5),
        DROPPED_OUTPUT(layer -> layer.outputDropOut(0.6), 5),
        EVERYTHING(
                layer -> layer.projectionBias(true)
                        .causal(true)
                        .mask(new AttentionMask(List.of("1100", "0110", "1111", "1001")))
                        .attentionDropOut(0.6)
                        .outputDropOut(0.6)
                        .l1(0.01)
                        .l2(0.02)
                        .l2Bias(0.03),
                8);

        private final UnaryOperator<CrossAttentionLayerBuilder> builder;
        private final int parameters;

        Setting(UnaryOperator<CrossAttentionLayerBuilder> builder, int parameters) {
            this.builder = builder;
            this.parameters = parameters;
        }
    }

    /** Dropout is drawn again before each evaluation, from the same seed. */
    @ParameterizedTest
    @EnumSource
    void gradientsOfEverySettingAreDifferenceQuotients(Setting setting) {
        Wiring wiring = Wiring.NCW_TO_TEXT;
        var builder = CrossAttentionLayer.builder()
                .queryDim(SmallNetwork.QUERY_DIM)
                .contextDim(SmallNetwork.CONTEXT_DIM)
                .heads(2)
                .headDim(2);
        var graph = new ComputationGraph(SmallNetwork.configuration(
                wiring, setting.builder.apply(builder).build(), DataType.DOUBLE, new NoOp(), WorkspaceMode.ENABLED));
        graph.init();
        graph.setParams(Rule.input("parameters", DataType.DOUBLE, graph.params().shape())
                .muli(0.5));
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1, 1}, {0, 1, 1, 0}, {0, 0, 0, 0}});
        check(graph, wiring, 2 * COLUMNS, new INDArray[] {null, mask}, setting.parameters);
    }

    private static void check(Wiring wiring, INDArray @Nullable [] masks) {
        check(SmallNetwork.of(wiring, DataType.DOUBLE, new NoOp(), WorkspaceMode.ENABLED), wiring, WORDS, masks, 5);
    }

    private static void check(
            ComputationGraph graph, Wiring wiring, int words, INDArray @Nullable [] masks, int parameters) {
        assertThat(graph.paramTable().keySet().stream().filter(key -> key.startsWith("attend_")))
                .hasSize(parameters);
        boolean correct = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(graph)
                .callEachIter(net -> Nd4j.getRandom().setSeed(12))
                .inputs(SmallNetwork.inputs(wiring, DataType.DOUBLE, BATCH, COLUMNS, words))
                .labels(SmallNetwork.labels(wiring, DataType.DOUBLE, BATCH, COLUMNS))
                .inputMask(masks)
                .epsilon(1e-5)
                .maxRelError(1e-6)
                .minAbsoluteError(1e-10));
        assertThat(correct).isTrue();
    }
}
