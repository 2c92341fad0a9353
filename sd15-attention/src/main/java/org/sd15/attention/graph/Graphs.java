package org.sd15.attention.graph;

import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;

/** How graphs are made here. */
public final class Graphs {

    private Graphs() {}

    /**
     * An empty graph that refers to the arrays it is given. A graph made by {@code SameDiff.create()} keeps a copy beside
     * each of them, and takes copies of views.
     */
    public static SameDiff create() {
        SameDiff graph = SameDiff.create();
        graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false);
        return graph;
    }
}
