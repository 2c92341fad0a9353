package org.sd15.attention.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The weight arrays of one model, fetched once; all its graphs read these. */
public final class ParameterTable implements Weights {

    private final Map<String, INDArray> arrays = new LinkedHashMap<>();

    /**
     * Fetches all parameters of a model. Nothing is copied where the data type is right.
     *
     * @throws IllegalArgumentException if one is missing or has another shape
     */
    public ParameterTable(List<ParameterSpec> specs, Weights source, DataType dataType) {
        for (ParameterSpec spec : specs) {
            arrays.put(spec.name(), source.get(spec).castTo(dataType));
        }
    }

    @Override
    public INDArray get(ParameterSpec spec) {
        return get(spec.name());
    }

    /** The array of a parameter, in diffusers' layout. */
    public INDArray get(String name) {
        INDArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException("the model has no parameter " + name);
        }
        return array;
    }

    /** All arrays by name, in the order of the model. */
    public Map<String, INDArray> arrays() {
        return Collections.unmodifiableMap(arrays);
    }
}
