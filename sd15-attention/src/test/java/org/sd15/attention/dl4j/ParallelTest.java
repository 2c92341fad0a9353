package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.deeplearning4j.datasets.iterator.IteratorMultiDataSetIterator;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.parallelism.ParallelInference;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.parallelism.ParallelWrapper.TrainingMode;
import org.deeplearning4j.parallelism.inference.InferenceMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;

/** DL4J's training and inference by several threads. */
class ParallelTest {

    private static final Wiring WIRING = Wiring.NCW_TO_TEXT;
    private static final DataType TYPE = DataType.FLOAT;
    private static final int WORKERS = 2;
    private static final int BATCH = 4;

    private final ComputationGraph graph = SmallNetwork.of(WIRING, TYPE, new Adam(0.02), WorkspaceMode.ENABLED);
    private final MultiDataSet data = new MultiDataSet(inputs(), SmallNetwork.labels(WIRING, TYPE, BATCH, 2));

    private static INDArray[] inputs() {
        return SmallNetwork.inputs(WIRING, TYPE, BATCH, 2, 3);
    }

    /** With the buffers that DL4J chooses itself, from the number of parameters. */
    @ParameterizedTest
    @CsvSource({"AVERAGING, 0.7", "SHARED_GRADIENTS, 0.98"}) // shared gradients are sent in steps of 0.001
    void severalWorkersTrainOneNetwork(TrainingMode mode, double share) {
        double before = graph.score(data);
        INDArray attention = graph.getVertex("attend").params().dup();
        var wrapper = new ParallelWrapper.Builder<>(graph)
                .workers(WORKERS)
                .prefetchBuffer(0)
                .averagingFrequency(1)
                .trainingMode(mode)
                .build();
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = Collections.nCopies(40 * WORKERS, data);
        wrapper.fit(new IteratorMultiDataSetIterator(new ArrayList<>(batches).iterator(), BATCH));
        wrapper.shutdown();
        assertThat(graph.score(data)).isLessThan(share * before);
        assertThat(graph.getVertex("attend").params().distance2(attention)).isGreaterThan(0.02);
    }

    @Test
    void severalWorkersPredictWhatOneDoes() {
        INDArray expected = graph.outputSingle(inputs());
        ParallelInference inference = new ParallelInference.Builder(graph)
                .workers(WORKERS)
                .inferenceMode(InferenceMode.SEQUENTIAL)
                .build();
        for (int i = 0; i < 4; i++) {
            assertSameBits("output", inference.output(inputs())[0], expected);
        }
        inference.shutdown();
    }
}
