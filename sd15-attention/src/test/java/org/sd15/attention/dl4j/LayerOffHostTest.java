package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;
import org.sd15.testing.OffHost;

/** The layer with the memory that it has on a GPU: outputs, gradients and three steps of Adam, bit by bit. */
class LayerOffHostTest {

    private static final int[] BATCHES = {3, 2, 3};

    @ParameterizedTest
    @EnumSource
    void theLayerHasTheSameBits(Wiring wiring) {
        List<INDArray> planned = training(wiring);
        List<INDArray> own = OffHost.get(() -> training(wiring));
        assertThat(own).hasSize(3 * BATCHES.length);
        for (int i = 0; i < own.size(); i++) {
            assertSameBits("array " + i, own.get(i), planned.get(i));
        }
    }

    /** Output, gradients and parameters of steps of different sizes. */
    private static List<INDArray> training(Wiring wiring) {
        List<INDArray> all = new ArrayList<>();
        ComputationGraph network = SmallNetwork.of(wiring, DataType.FLOAT, new Adam(1e-2), WorkspaceMode.ENABLED);
        for (int batch : BATCHES) {
            INDArray[] inputs = SmallNetwork.inputs(wiring, DataType.FLOAT, batch, 2, batch + 1);
            INDArray[] labels = SmallNetwork.labels(wiring, DataType.FLOAT, batch, 2);
            all.add(network.outputSingle(inputs).dup('c'));
            network.setInputs(inputs);
            network.setLabels(labels);
            network.computeGradientAndScore();
            all.add(network.gradient().gradient().dup('c'));
            network.fit(new MultiDataSet(inputs, labels));
            all.add(network.params().dup('c'));
        }
        return all;
    }
}
