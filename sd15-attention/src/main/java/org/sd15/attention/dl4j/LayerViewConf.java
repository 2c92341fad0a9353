package org.sd15.attention.dl4j;

import java.util.Collection;
import java.util.List;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/** The settings of a {@link CrossAttentionLayer}, as a layer's: what is set here is set there. */
final class LayerViewConf extends FeedForwardLayer {

    private final transient CrossAttentionLayer layer;

    LayerViewConf(CrossAttentionLayer layer) {
        this.layer = layer;
        setLayerName(layer.getLayerName());
        setNIn(layer.getConfig().queryDim());
        setNOut(layer.getConfig().queryDim());
        setWeightInitFn(layer.getWeightInit());
    }

    @Override
    public ParamInitializer initializer() {
        return new LayerParameters(layer);
    }

    @Override
    public IUpdater getIUpdater() {
        return layer.getUpdater();
    }

    @Override
    public void setIUpdater(IUpdater updater) {
        layer.setUpdater(updater);
    }

    @Override
    public @Nullable IUpdater getBiasUpdater() {
        return layer.getBiasUpdater();
    }

    @Override
    public void setBiasUpdater(IUpdater updater) {
        layer.setBiasUpdater(updater);
    }

    @Override
    public IUpdater getUpdaterByParam(String key) {
        return layer.getUpdaterByParam(key);
    }

    @Override
    public List<Regularization> getRegularization() {
        return layer.getRegularization();
    }

    @Override
    public List<Regularization> getRegularizationBias() {
        return layer.getRegularizationBias();
    }

    @Override
    public List<Regularization> getRegularizationByParam(String key) {
        return layer.getRegularizationByParam(key);
    }

    @Override
    public List<LayerConstraint> getConstraints() {
        return layer.getConstraints();
    }

    @Override
    public GradientNormalization getGradientNormalization() {
        return layer.getGradientNormalization();
    }

    @Override
    public double getGradientNormalizationThreshold() {
        return layer.getGradientNormalizationThreshold();
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration configuration,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initialise,
            DataType type) {
        throw new UnsupportedOperationException(
                "attention is a vertex: addVertex(\"%s\", ..), not addLayer".formatted(getLayerName()));
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType inputType) {
        return layer.getMemoryReport(inputType);
    }
}
