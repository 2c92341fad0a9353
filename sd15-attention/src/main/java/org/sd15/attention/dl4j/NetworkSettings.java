package org.sd15.attention.dl4j;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * What a network says to all of its layers, put into one that has not said otherwise. DL4J does the same for its own layers,
 * but hands the vertex the network's own objects, so that one learning rate would be everybody's.
 */
final class NetworkSettings {

    private NetworkSettings() {}

    /** Fills in what the layer leaves open. */
    static void complete(CrossAttentionLayer layer, NeuralNetConfiguration.Builder network) {
        if (layer.getUpdater() == null) {
            layer.setUpdater(copy(network.getIUpdater()));
        }
        if (layer.getBiasUpdater() == null) {
            layer.setBiasUpdater(copy(network.getBiasUpdater()));
        }
        if (layer.getWeightInit() == null) {
            layer.setWeightInit(network.getWeightInitFn());
        }
        if (layer.getGradientNormalization() == null) {
            layer.setGradientNormalization(network.getGradientNormalization());
        }
        if (Double.isNaN(layer.getGradientNormalizationThreshold())) {
            layer.setGradientNormalizationThreshold(network.getGradientNormalizationThreshold());
        }
        layer.setRegularization(completed(layer.getRegularization(), network.getRegularization()));
        layer.setRegularizationBias(completed(layer.getRegularizationBias(), network.getRegularizationBias()));
        if (layer.getConstraints().isEmpty()) {
            layer.setConstraints(constraints(
                    layer.getVertexParams(),
                    network.getWeightConstraints(),
                    network.getBiasConstraints(),
                    network.getAllParamConstraints()));
        }
    }

    /**
     * Overrides the layer's settings with those of a fine-tuning. They come as a network's, where a setting that is DL4J's
     * default can't be told from none.
     */
    static void override(CrossAttentionLayer layer, NeuralNetConfiguration.Builder tuning) {
        var unsaid = new NeuralNetConfiguration.Builder();
        if (!unsaid.getIUpdater().equals(tuning.getIUpdater())) {
            layer.setUpdater(copy(tuning.getIUpdater()));
        }
        if (tuning.getBiasUpdater() != null) {
            layer.setBiasUpdater(copy(tuning.getBiasUpdater()));
        }
        if (!tuning.getRegularization().isEmpty()) {
            layer.setRegularization(copies(tuning.getRegularization()));
        }
        if (!tuning.getRegularizationBias().isEmpty()) {
            layer.setRegularizationBias(copies(tuning.getRegularizationBias()));
        }
        if (tuning.getGradientNormalization() != GradientNormalization.None) {
            layer.setGradientNormalization(tuning.getGradientNormalization());
        }
        if (tuning.getGradientNormalizationThreshold() != unsaid.getGradientNormalizationThreshold()) {
            layer.setGradientNormalizationThreshold(tuning.getGradientNormalizationThreshold());
        }
    }

    private static @Nullable IUpdater copy(@Nullable IUpdater updater) {
        return updater == null ? null : updater.clone();
    }

    /** The layer's own, and those of the network of kinds that it has none of. */
    private static List<Regularization> completed(@Nullable List<Regularization> own, List<Regularization> network) {
        List<Regularization> all = own == null ? new ArrayList<>() : copies(own);
        for (Regularization other : copies(network)) {
            if (all.stream().noneMatch(known -> known.getClass() == other.getClass())) {
                all.add(other);
            }
        }
        return all;
    }

    private static List<Regularization> copies(List<Regularization> originals) {
        return new ArrayList<>(originals.stream().map(Regularization::clone).toList());
    }

    /** Constraints that know which parameters they are for. */
    static List<LayerConstraint> constraints(
            SDVertexParams parameters,
            @Nullable List<LayerConstraint> weights,
            @Nullable List<LayerConstraint> biases,
            @Nullable List<LayerConstraint> all) {
        return Stream.of(
                        of(weights, parameters.getWeightParameterKeys()),
                        of(biases, parameters.getBiasParameterKeys()),
                        of(all, parameters.getParameterKeys()))
                .flatMap(List::stream)
                .toList();
    }

    private static List<LayerConstraint> of(@Nullable List<LayerConstraint> constraints, List<String> keys) {
        List<LayerConstraint> own = new ArrayList<>();
        for (LayerConstraint constraint : constraints == null ? List.<LayerConstraint>of() : constraints) {
            LayerConstraint copy = constraint.clone();
            copy.setParams(new HashSet<>(keys));
            own.add(copy);
        }
        return own;
    }
}
