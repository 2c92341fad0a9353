package org.sd15.attention.dl4j;

import java.util.Arrays;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An attention as those methods of a network see it that know layers only: learning rates, single parameters, their number,
 * constraints, the regularisation's part of the score. The arrays and the settings are the vertex's; running it is the
 * network's business, by the vertex.
 */
final class LayerView extends BaseLayer<LayerViewConf> {

    private final ComputationGraph network;
    private final AttentionVertex vertex;

    LayerView(ComputationGraph network, AttentionVertex vertex, CrossAttentionLayer layer, DataType type) {
        super(configuration(layer), type);
        this.network = network;
        this.vertex = vertex;
        setIndex(vertex.getVertexIndex());
        setParamTable(vertex.paramTable(false));
        setParamsViewArray(vertex.params());
    }

    private static NeuralNetConfiguration configuration(CrossAttentionLayer layer) {
        var configuration = new NeuralNetConfiguration();
        var view = new LayerViewConf(layer);
        configuration.setLayer(view);
        ParamInitializer parameters = view.initializer();
        parameters.paramKeys(view).forEach(configuration::addVariable);
        return configuration;
    }

    @Override
    public void setParam(String key, INDArray value) {
        INDArray own = getParam(key);
        if (own == null) {
            throw new IllegalArgumentException("vertex %s has no parameter %s; it has %s"
                    .formatted(vertex.getVertexName(), key, paramTable().keySet()));
        }
        if (!Arrays.equals(own.shape(), value.shape())) {
            throw new IllegalArgumentException("vertex %s: %s is %s, not %s"
                    .formatted(
                            vertex.getVertexName(), key, Arrays.toString(own.shape()), Arrays.toString(value.shape())));
        }
        own.assign(value);
    }

    @Override
    public void setParams(INDArray all) {
        if (all.length() != params().length()) {
            throw new IllegalArgumentException("vertex %s has %d parameters, not %d"
                    .formatted(vertex.getVertexName(), params().length(), all.length()));
        }
        params().assign(all.reshape(params().shape()));
    }

    @Override
    public @Nullable INDArray getGradientsViewArray() {
        return vertex.getGradientsViewArray();
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray gradients) {
        vertex.setBackpropGradientsViewArray(gradients);
    }

    /** Frozen weights stay as they are, as in DL4J's frozen layers. */
    @Override
    public void applyConstraints(int iteration, int epoch) {
        if (!frozen()) {
            super.applyConstraints(iteration, epoch);
        }
    }

    @Override
    public double calcRegularizationScore(boolean backpropParamsOnly) {
        return frozen() ? 0 : super.calcRegularizationScore(backpropParamsOnly);
    }

    boolean frozen() {
        return network.getConfiguration().getVertices().get(vertex.getVertexName()) instanceof FrozenVertex;
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        throw new UnsupportedOperationException(
                "vertex %s is run by its network: it may have two inputs, a layer has one"
                        .formatted(vertex.getVertexName()));
    }
}
