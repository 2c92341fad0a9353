package org.sd15.attention.fused;

import java.util.Collection;
import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PackedWeights;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Formulation;
import org.sd15.attention.machine.HostMemory;
import org.slf4j.LoggerFactory;

/**
 * Computes float32 graphs with oneDNN, on CPUs for which its natives are on the class path
 * ({@code org.bytedeco:dnnl} with the classifier of the platform). Graphs in float64 are native.
 */
public final class FusedExecution implements Execution {

    private final PackedWeights packed;
    private final Precision precision;
    private final @Nullable Profile profile;

    private FusedExecution(PackedWeights packed, Precision precision, @Nullable Profile profile) {
        this.packed = packed;
        this.precision = precision;
        this.profile = profile;
    }

    /**
     * The fused execution.
     *
     * @throws UnsupportedOperationException if it does not run here; the message says why
     */
    public static FusedExecution create() {
        return create(Precision.FLOAT32);
    }

    /**
     * The fused execution in a precision. Where the CPU has no instructions for bfloat16, that is float32; see
     * {@link #hasBfloat16}.
     *
     * @throws UnsupportedOperationException if it does not run here; the message says why
     */
    public static FusedExecution create(Precision precision) {
        problem().ifPresent(why -> {
            throw new UnsupportedOperationException("the fused formulation does not run here: " + why);
        });
        return new FusedExecution(new PackedWeights(), hasBfloat16() ? precision : Precision.FLOAT32, null);
    }

    /** The same execution, with the same packed weights, that tells a profile what its operations take. */
    public FusedExecution profiled(Profile into) {
        return new FusedExecution(packed, precision, into);
    }

    /** In which precision matrices are multiplied. */
    public Precision precision() {
        return precision;
    }

    /** Whether this CPU computes in bfloat16: AVX512_BF16 or AMX. */
    public static boolean hasBfloat16() {
        return OneDnn.hasBfloat16();
    }

    /** The fused execution where it runs, else the native one. */
    public static Execution orNative() {
        return problem().isEmpty() ? create() : NATIVE;
    }

    /** Why the fused execution does not run here; empty where it does. */
    public static Optional<String> problem() {
        String backend = Nd4j.getExecutioner().getEnvironmentInformation().getProperty("backend");
        if (!"CPU".equalsIgnoreCase(backend)) {
            return Optional.of("it computes on the CPU, the backend is " + backend);
        }
        if (!HostMemory.serves()) {
            return Optional.of("-D%s=false: no addresses are taken, as on a GPU".formatted(HostMemory.PROPERTY));
        }
        OneDnn.problem().ifPresent(why -> Warning.once());
        return OneDnn.problem();
    }

    /** The fused execution is the default, so whoever gets another one without asking is told: once, by loading this. */
    private static final class Warning {

        static {
            LoggerFactory.getLogger(FusedExecution.class)
                    .warn(
                            "the fused execution is not used, the native one computes instead and takes about twice as"
                                    + " long: {}",
                            OneDnn.problem().orElse(""));
        }

        private Warning() {}

        /** Warns when it is called first. */
        static void once() {}
    }

    @Override
    public String name() {
        return "fused";
    }

    @Override
    public boolean readsHalfPrecision() {
        return true;
    }

    @Override
    public void forget(Collection<INDArray> weights) {
        packed.forget(weights);
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
        memory.data_type type = precision == Precision.BFLOAT16 ? memory.data_type.bf16 : memory.data_type.f32;
        return new FusedSession(graph, packed, type, profile);
    }
}
