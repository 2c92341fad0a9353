package org.sd15.attention.dl4j;

import java.util.Map;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The layer, but run by DL4J. */
@SuppressWarnings("serial")
final class StockVertex extends SameDiffVertex {

    private final CrossAttentionLayer layer;

    StockVertex(CrossAttentionLayer layer) {
        this.layer = layer;
    }

    @Override
    public void defineParametersAndInputs(SDVertexParams params) {
        layer.defineParametersAndInputs(params);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
        layer.initializeParameters(params);
    }

    @Override
    public SDVariable defineVertex(
            SameDiff sameDiff,
            Map<String, SDVariable> inputs,
            Map<String, SDVariable> params,
            @Nullable Map<String, SDVariable> masks) {
        return layer.defineVertex(sameDiff, inputs, params, masks);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) {
        return layer.getOutputType(layerIndex, inputs);
    }

    @Override
    public Pair<@Nullable INDArray, MaskState> feedForwardMaskArrays(
            INDArray @Nullable [] masks, MaskState state, int batch) {
        return layer.feedForwardMaskArrays(masks, state, batch);
    }

    @Override
    public StockVertex clone() {
        return new StockVertex(layer.clone());
    }
}
