package org.sd15.attention.dl4j;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Which parameters an attention has, in the form in which DL4J asks layers for it. The vertex makes the arrays. */
record LayerParameters(CrossAttentionLayer attention) implements ParamInitializer {

    @Override
    public long numParams(NeuralNetConfiguration configuration) {
        return attention.numParams(true);
    }

    @Override
    public long numParams(Layer layer) {
        return attention.numParams(true);
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return attention.getVertexParams().getParameterKeys();
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return attention.getVertexParams().getWeightParameterKeys();
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return attention.getVertexParams().getBiasParameterKeys();
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return attention.getVertexParams().isWeightParam(key);
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return attention.getVertexParams().isBiasParam(key);
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration configuration, INDArray view, boolean initialise) {
        throw new UnsupportedOperationException("the vertex makes its parameters itself");
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration configuration, INDArray view) {
        throw new UnsupportedOperationException("the vertex keeps its gradients itself");
    }
}
