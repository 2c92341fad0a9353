package org.sd15.attention.graph;

import java.util.Collection;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How graphs are computed: which formulation writes them, and what runs them. One value serves all graphs of an
 * application and may be shared by threads.
 */
public interface Execution {

    /** Plain ND4J operations: runs on every backend and in every precision. */
    Execution NATIVE = new NativeExecution();

    /** What users call it, for instance {@code native}. */
    String name();

    /** The arithmetic for a new graph of a data type. */
    Formulation formulation(SameDiff graph, DataType dataType);

    /**
     * Whether constant weights of linear layers and convolutions may be arrays of float16 or bfloat16 in its float32 graphs:
     * it widens them where it reads them, with the results of weights that were widened before.
     */
    default boolean readsHalfPrecision() {
        return false;
    }

    /**
     * Gives back what it keeps of weights besides the arrays themselves; it is made again when a graph reads them next. No
     * graph may be reading them meanwhile.
     */
    default void forget(Collection<INDArray> weights) {}

    /** A session that can run such a graph, for one thread at a time. */
    Session session(SameDiff graph);

    /** A session of SameDiff with memory of its own. */
    interface Session extends AutoCloseable {

        /** What evaluates the graph. */
        InferenceSession inference();

        /**
         * Begins or ends a rehearsal: a run that asks for memory and gives it back as any other, but computes as little as
         * it can; results have no sense.
         *
         * @return whether there can be one
         */
        boolean rehearses(boolean begins);

        /** Gives buffers other than those of activations back until the next evaluation. */
        void trim();

        /** Frees the buffers. */
        @Override
        void close();
    }
}
