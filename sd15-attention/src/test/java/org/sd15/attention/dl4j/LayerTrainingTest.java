package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.sd15.attention.dl4j.SmallNetwork.Wiring;

/** What a network around the layer does over several calls. */
class LayerTrainingTest {

    private static final DataType TYPE = DataType.FLOAT;

    /** Batch, columns of the picture, words of the text. */
    private static final int[][] SIZES = {{2, 2, 3}, {2, 2, 3}, {3, 2, 3}, {2, 4, 3}, {2, 2, 5}, {1, 3, 1}, {2, 2, 3}};

    @ParameterizedTest
    @EnumSource
    void workspacesChangeNoBitOfTraining(Wiring wiring) {
        ComputationGraph with = network(wiring, WorkspaceMode.ENABLED);
        ComputationGraph without = network(wiring, WorkspaceMode.NONE);
        for (int[] size : SIZES) {
            with.fit(data(wiring, size));
            without.fit(data(wiring, size));
            assertSameBits(
                    "gradient", with.gradient().gradient(), without.gradient().gradient());
            assertSameBits("parameters", with.params(), without.params());
        }
    }

    @ParameterizedTest
    @EnumSource
    void everySizeGivesWhatAFreshNetworkGives(Wiring wiring) {
        ComputationGraph used = network(wiring, WorkspaceMode.ENABLED);
        for (int[] size : SIZES) {
            INDArray[] inputs = inputs(wiring, size);
            INDArray expected = network(wiring, WorkspaceMode.ENABLED).outputSingle(inputs);
            assertSameBits("output", used.outputSingle(inputs), expected);
        }
    }

    @Test
    void predictsWithWhatItHasLearnt() {
        Wiring wiring = Wiring.MAP_TO_TEXT;
        ComputationGraph trained = network(wiring, WorkspaceMode.ENABLED);
        INDArray[] inputs = inputs(wiring, SIZES[0]);
        INDArray before = trained.outputSingle(inputs);
        trained.fit(data(wiring, SIZES[0]));
        ComputationGraph fresh = network(wiring, WorkspaceMode.ENABLED);
        fresh.setParams(trained.params());
        INDArray after = trained.outputSingle(inputs);
        assertSameBits("output", after, fresh.outputSingle(inputs));
        assertThat(after.distance2(before)).isGreaterThan(0.01);
    }

    @Test
    void learnsABatchByHeart() {
        Wiring wiring = Wiring.MAP_TO_TEXT;
        ComputationGraph graph = SmallNetwork.of(wiring, TYPE, new Adam(0.05), WorkspaceMode.ENABLED);
        MultiDataSet data = data(wiring, SIZES[0]);
        double start = graph.score(data);
        for (int i = 0; i < 60; i++) {
            graph.fit(data);
        }
        assertThat(graph.score(data)).isLessThan(0.2 * start);
    }

    @ParameterizedTest
    @EnumSource
    void continuesFromAFileWithTheIdenticalAdamStep(Wiring wiring, @TempDir Path folder) throws IOException {
        ComputationGraph graph = network(wiring, WorkspaceMode.ENABLED);
        for (int[] size : SIZES) {
            graph.fit(data(wiring, size));
        }
        var file = folder.resolve("network.zip").toFile();
        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph restored = ModelSerializer.restoreComputationGraph(file, true);
        assertThat(restored.getConfiguration()).isEqualTo(graph.getConfiguration());
        assertSameBits("restored", restored.params(), graph.params());
        graph.fit(data(wiring, SIZES[0]));
        restored.fit(data(wiring, SIZES[0]));
        assertSameBits("after the next step", restored.params(), graph.params());
    }

    @Test
    void anUpdaterOfItsOwnFreezesTheLayerButNotWhatIsBeforeIt() {
        Wiring wiring = Wiring.NCW_TO_TEXT;
        ComputationGraphConfiguration configuration =
                SmallNetwork.configuration(wiring, TYPE, new Adam(0.01), WorkspaceMode.ENABLED);
        assertThat(configuration.getVertices().get("attend"))
                .isInstanceOfSatisfying(CrossAttentionLayer.class, layer -> {
                    layer.setUpdater(new Sgd(0));
                    layer.setBiasUpdater(new Sgd(0));
                });
        var graph = new ComputationGraph(configuration);
        graph.init();
        ComputationGraph untouched = new ComputationGraph(configuration.clone());
        untouched.init();
        graph.fit(data(wiring, SIZES[0]));
        graph.paramTable()
                .forEach((key, value) -> assertThat(
                                value.equals(untouched.paramTable().get(key)))
                        .as(key)
                        .isEqualTo(key.startsWith("attend_")));
    }

    @Test
    void masksComeAndGo() {
        Wiring wiring = Wiring.NCW_TO_TEXT;
        ComputationGraph graph = network(wiring, WorkspaceMode.ENABLED);
        INDArray[] inputs = inputs(wiring, SIZES[0]);
        INDArray[] masks = {null, Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 1, 1}})};
        INDArray plain = graph.output(false, inputs, null)[0];
        INDArray masked = graph.output(false, inputs, masks)[0];
        assertThat(masked.distance2(plain)).isGreaterThan(0.01);
        assertSameBits("no mask any more", graph.output(false, inputs, null)[0], plain);
        assertSameBits("no mask for the text", graph.output(false, inputs, new INDArray[2])[0], plain);
        assertSameBits("the mask again", graph.output(false, inputs, masks)[0], masked);

        MultiDataSet data = data(wiring, SIZES[0]);
        graph.fit(new MultiDataSet(inputs, data.getLabels(), masks, null));
        ComputationGraph fresh = network(wiring, WorkspaceMode.ENABLED);
        fresh.setParams(graph.params());
        assertSameBits("after training with it", graph.outputSingle(inputs), fresh.outputSingle(inputs));
    }

    private static ComputationGraph network(Wiring wiring, WorkspaceMode workspaces) {
        return SmallNetwork.of(wiring, TYPE, new Adam(0.01), workspaces);
    }

    private static INDArray[] inputs(Wiring wiring, int[] size) {
        return SmallNetwork.inputs(wiring, TYPE, size[0], size[1], size[2]);
    }

    private static MultiDataSet data(Wiring wiring, int[] size) {
        return new MultiDataSet(inputs(wiring, size), SmallNetwork.labels(wiring, TYPE, size[0], size[1]));
    }
}
