package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

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

    private static void check(Wiring wiring, INDArray @Nullable [] masks) {
        ComputationGraph graph = SmallNetwork.of(wiring, DataType.DOUBLE, new NoOp(), WorkspaceMode.ENABLED);
        assertThat(graph.paramTable().keySet().stream().filter(key -> key.startsWith("attend_")))
                .hasSize(5);
        boolean correct = GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                .net(graph)
                .inputs(SmallNetwork.inputs(wiring, DataType.DOUBLE, BATCH, COLUMNS, WORDS))
                .labels(SmallNetwork.labels(wiring, DataType.DOUBLE, BATCH, COLUMNS))
                .inputMask(masks)
                .epsilon(1e-5)
                .maxRelError(1e-6)
                .minAbsoluteError(1e-10));
        assertThat(correct).isTrue();
    }
}
