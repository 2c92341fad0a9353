package org.sd15.attention.fused;

import java.util.Optional;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PackedWeights;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Formulation;

/**
 * Computes float32 graphs with oneDNN, on CPUs for which its natives are on the class path
 * ({@code org.bytedeco:dnnl} with the classifier of the platform). Graphs in float64 are native.
 */
public final class FusedExecution implements Execution {

    private final PackedWeights packed = new PackedWeights();

    private FusedExecution() {}

    /**
     * The fused execution.
     *
     * @throws UnsupportedOperationException if it does not run here; the message says why
     */
    public static FusedExecution create() {
        problem().ifPresent(why -> {
            throw new UnsupportedOperationException("the fused formulation does not run here: " + why);
        });
        return new FusedExecution();
    }

    /** The fused execution where it runs, else the native one. */
    public static Execution orNative() {
        return problem().isEmpty() ? new FusedExecution() : NATIVE;
    }

    /** Why the fused execution does not run here; empty where it does. */
    public static Optional<String> problem() {
        String backend = Nd4j.getExecutioner().getEnvironmentInformation().getProperty("backend");
        if (!"CPU".equalsIgnoreCase(backend)) {
            return Optional.of("it computes on the CPU, the backend is " + backend);
        }
        return OneDnn.problem();
    }

    @Override
    public String name() {
        return "fused";
    }

    /** Bytes of weights that are held in oneDNN's layouts. */
    public long packedBytes() {
        return packed.bytes();
    }

    @Override
    public Formulation formulation(SameDiff graph, DataType dataType) {
        Formulation plain = NATIVE.formulation(graph, dataType);
        return dataType == DataType.FLOAT ? new FusedFormulation(graph, plain) : plain;
    }

    @Override
    public Session session(SameDiff graph) {
        return new FusedSession(graph, packed);
    }
}
