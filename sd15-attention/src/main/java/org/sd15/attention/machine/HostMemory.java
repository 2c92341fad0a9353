package org.sd15.attention.machine;

import org.nd4j.linalg.factory.Nd4j;

/**
 * Whether the data of arrays lie in the memory of the machine, where addresses may be taken: on a CPU they do, on a GPU they
 * don't. What works on addresses (planned activations, mapped weights, oneDNN, the optimiser's stretches) asks here first and
 * has a way on ND4J's own operations for where they don't.
 *
 * <p>The system property {@value #PROPERTY} with the value {@code false} takes that other way on a CPU: everything is then
 * computed by the operations that a GPU would be given, and its results can be looked at without one.
 */
public final class HostMemory {

    /** The system property that takes the way off the CPU. It is read whenever something is built or opened. */
    public static final String PROPERTY = "sd15.hostMemory";

    private HostMemory() {}

    /** Whether addresses of arrays may be taken. */
    public static boolean serves() {
        return !"false".equals(System.getProperty(PROPERTY))
                && Nd4j.getEnvironment().isCPU();
    }
}
