package org.sd15.attention.graph;

import org.nd4j.linalg.api.ndarray.INDArray;

/** How a parameter, stored in diffusers' layout, lies in the graph. The array in the graph is always a view: no copy. */
public enum Layout {
    /** As it is stored: linear weights {@code [out, in]}, vectors {@code [channels]}. */
    AS_STORED,
    /**
     * A convolution, stored {@code [out, in, height, width]}, seen as {@code [height, width, in, out]}. ND4J drops any
     * other weight format when it differentiates conv2d.
     */
    CONVOLUTION,
    /** A 1x1 convolution, stored {@code [out, in, 1, 1]}, seen as the linear layer that it is: {@code [out, in]}. */
    POINTWISE;

    /** The view of a stored array that the graph reads. */
    public INDArray toGraph(INDArray stored) {
        return switch (this) {
            case AS_STORED -> stored;
            case CONVOLUTION -> stored.permute(2, 3, 1, 0);
            case POINTWISE -> stored.reshape(stored.size(0), stored.size(1));
        };
    }

    /** The view, in diffusers' layout, of an array of the graph: a weight or its gradient. */
    public INDArray toStored(INDArray inGraph) {
        return switch (this) {
            case AS_STORED -> inGraph;
            case CONVOLUTION -> inGraph.permute(3, 2, 0, 1);
            case POINTWISE -> inGraph.reshape(inGraph.size(0), inGraph.size(1), 1, 1);
        };
    }
}
