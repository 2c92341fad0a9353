package org.sd15.attention.graph;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Weights for a model that is built below a place of a graph.
 *
 * @param weights under the model's own names
 * @param path of the place, dotted
 */
record WeightsBelow(Weights weights, String path) implements Weights {

    @Override
    public INDArray get(ParameterSpec spec) {
        return weights.get(own(spec));
    }

    @Override
    public INDArray stored(ParameterSpec spec) {
        return weights.stored(own(spec));
    }

    private ParameterSpec own(ParameterSpec spec) {
        String prefix = path + ".";
        if (!spec.name().startsWith(prefix)) {
            throw new IllegalArgumentException("%s is not below %s".formatted(spec.name(), path));
        }
        return new ParameterSpec(spec.name().substring(prefix.length()), spec.shape());
    }
}
