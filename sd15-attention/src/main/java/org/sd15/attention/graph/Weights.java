package org.sd15.attention.graph;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where a graph takes its parameters from: a checkpoint, a random initialisation, the parameter table of a DL4J layer.
 *
 * <p>One set of weights may serve several graphs. Each asks for the same names and receives the same arrays, so nothing
 * is held twice.
 */
@FunctionalInterface
public interface Weights {

    /**
     * The array of a parameter, in the shape and layout that the spec states.
     *
     * @param spec name and shape in diffusers' layout
     * @return the array; the graph reads it in place and does not copy it
     * @throws IllegalArgumentException if there is no such parameter or its shape is another; the message names both
     */
    INDArray get(ParameterSpec spec);

    /**
     * The array of a parameter as it is stored: what {@link #get} gives, or the same numbers in float16 or bfloat16. For
     * those who widen it where they read it, see {@link Execution#readsHalfPrecision}; it is not to be written to.
     *
     * @throws IllegalArgumentException as {@link #get}
     */
    default INDArray stored(ParameterSpec spec) {
        return get(spec);
    }

    /**
     * The same weights for a model that is built below a place of a graph: {@code unet.conv_in.weight} in the graph is
     * {@code conv_in.weight} here.
     *
     * @param path dotted, as of {@link Scope#path}
     */
    default Weights under(String path) {
        return new WeightsBelow(this, path);
    }

    /** The file that they are from, for errors; empty if there is none. */
    default String origin() {
        return "";
    }
}
