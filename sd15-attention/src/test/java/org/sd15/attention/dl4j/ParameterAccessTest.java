package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.attention.dl4j.BesideAConvolution.global;
import static org.sd15.attention.dl4j.BesideAConvolution.network;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.MemoryUseMode;
import org.deeplearning4j.nn.conf.memory.NetworkMemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.sd15.testing.Rule;

/** What a network says of the parameters of its layers, and how it lets them be set. */
class ParameterAccessTest {

    private static final int CONVOLUTION = 3 * 2 + 3;
    private static final int ATTENTION = 4 * 3 + 2 * 4 * 4 + 3 * 4 + 3;
    private static final InputType MAP = InputType.convolutional(2, 2, BesideAConvolution.CHANNELS);
    private static final InputType TEXT = InputType.recurrent(BesideAConvolution.CONTEXT_DIM, BesideAConvolution.WORDS);

    private final ComputationGraph graph = network(global(new Adam(0.01)));

    @ParameterizedTest
    @CsvSource({"convolve, W", "attend, toQ.weight", "attend, toOut.0.bias"})
    void singleParametersAreReadAndSet(String layer, String key) {
        String name = layer + "_" + key;
        INDArray own = Objects.requireNonNull(graph.paramTable().get(name));
        assertSameBits(name, graph.getParam(name), own);
        INDArray other = Rule.input("other", BesideAConvolution.TYPE, own.shape());
        graph.setParam(name, other);
        assertSameBits(name, graph.getParam(name), other);
        assertSameBits(
                "what is computed with",
                graph.getVertex(layer).paramTable(false).get(key),
                other);
    }

    @Test
    void wrongNamesAndShapesAreRefused() {
        INDArray before = graph.params().dup();
        assertThatThrownBy(() -> graph.setParam("attend_toQ", Nd4j.ones(BesideAConvolution.TYPE, 4, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vertex attend has no parameter toQ; it has"
                        + " [toQ.weight, toK.weight, toV.weight, toOut.0.weight, toOut.0.bias]");
        assertThatThrownBy(() -> graph.setParam("attend_toQ.weight", Nd4j.ones(BesideAConvolution.TYPE, 1, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vertex attend: toQ.weight is [4, 3], not [1, 3]");
        assertThatThrownBy(() -> graph.getLayer("attend").setParams(Nd4j.ones(BesideAConvolution.TYPE, 5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vertex attend has 59 parameters, not 5");
        assertSameBits("parameters", graph.params(), before);
        assertThat(graph.paramTable()).hasSize(7);
    }

    @Test
    void allParametersOfALayerAreSetAtOnce() {
        INDArray other = Rule.input("all", BesideAConvolution.TYPE, 1, ATTENTION);
        graph.getLayer("attend").setParams(other);
        assertSameBits(
                "toQ.weight",
                graph.getParam("attend_toQ.weight"),
                other.reshape(ATTENTION).get(NDArrayIndex.interval(0, 12)).reshape(4, 3));
    }

    @Test
    void aTableOfAllParametersIsTakenBack() {
        Map<String, INDArray> table = new LinkedHashMap<>();
        graph.paramTable().forEach((key, value) -> table.put(key, value.mul(2)));
        graph.setParamTable(table);
        assertSameBits("toV", graph.getParam("attend_toV.weight"), table.get("attend_toV.weight"));
    }

    @Test
    void theNumberOfParametersIncludesTheAttentions() {
        assertThat(graph.numParams()).isEqualTo(graph.params().length()).isEqualTo(CONVOLUTION + ATTENTION);
        assertThat(graph.getLayer("attend").numParams()).isEqualTo(ATTENTION);
        assertThat(graph.getLayers())
                .extracting(layer -> layer.conf().getLayer().getLayerName())
                .containsExactly("convolve", "attend", "loss");
        assertThat(graph.layerSize("attend")).isEqualTo(BesideAConvolution.WIDTH);
        assertThat(graph.layerInputSize("attend")).isEqualTo(BesideAConvolution.WIDTH);
    }

    @Test
    void aLayerThatIsRunByItselfSaysWhoRunsIt() {
        Layer layer = graph.getLayer("attend");
        assertThatThrownBy(
                        () -> layer.activate(BesideAConvolution.inputs()[0], false, LayerWorkspaceMgr.noWorkspaces()))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("vertex attend is run by its network");
    }

    @Test
    void listenersHearOfTraining() {
        List<Integer> heard = new ArrayList<>();
        graph.setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model model, int iteration, int epoch) {
                heard.add(iteration);
            }
        });
        graph.fit(BesideAConvolution.data());
        assertThat(heard).containsExactly(0);
        assertThat(graph.getLayer("attend").getListeners()).hasSize(1);
    }

    /** DL4J lists the parameters of its own kind of vertex alone. */
    @Test
    void theSummaryHasTheAttentionsShapesAndCountsItsParameters() {
        assertThat(graph.summary())
                .contains(
                        "attend (AttentionVertex)",
                        "[convolve, text]",
                        "Total Parameters:  " + (CONVOLUTION + ATTENTION));
        assertThat(graph.summary(MAP, TEXT)).contains("InputTypeConvolutional(h=2,w=2,c=3,NCHW)");
    }

    @Test
    void theMemoryReportCountsTheAttention() {
        NetworkMemoryReport report = graph.getConfiguration().getMemoryReport(MAP, TEXT);
        assertThat(report.toString()).contains("1 x CrossAttentionLayer", "Training Memory");
        var attention = report.getLayerAndVertexReports().get("attend");
        assertThat(attention.getTotalMemoryBytes(1, MemoryUseMode.INFERENCE, CacheMode.NONE, DataType.FLOAT))
                .as("parameters, Q and mixture, K and V, scores and weights, result")
                .isEqualTo(4 * (ATTENTION + 2 * 4 * 4 + 2 * 3 * 4 + 2 * 2 * 4 * 3 + 12));
        assertThat(graph.memoryInfo(2, MAP, TEXT)).contains("attend", "LayerView");
    }

    @Test
    void aSequenceWithoutALengthHasNoMemoryReport() {
        assertThatThrownBy(() -> graph.getConfiguration().getMemoryReport(MAP, InputType.recurrent(4)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("time series length");
    }
}
