package org.sd15.cli;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.fused.Precision;
import org.sd15.attention.graph.Execution;
import picocli.CommandLine.Option;

/** How models are computed: which formulation, in which precision, by how many threads. */
final class ExecutionOptions {

    /** More threads than this for a core spend their time on taking turns. */
    private static final int MOST_THREADS_A_CORE = 4;

    private enum Formulation {
        FUSED,
        NATIVE
    }

    @Option(
            names = "--precision",
            converter = PrecisionConverter.class,
            paramLabel = "float32|bfloat16",
            defaultValue = "float32",
            description = "float32 or bfloat16 (default: float32).")
    private Precision precision = Precision.FLOAT32;

    @Option(
            names = "--execution",
            paramLabel = "fused|native",
            description = "Which formulation of the model (default: fused where it runs, else native).")
    private @Nullable Formulation execution;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with (default: all cores).")
    @InRange(from = 1)
    private @Nullable Integer threads;

    private boolean fused;

    /** Whether the execution that was chosen last is the fused one. */
    boolean isFused() {
        return fused;
    }

    /** How models are computed. */
    Execution execution() {
        fused = execution == Formulation.FUSED
                || execution == null && FusedExecution.problem().isEmpty();
        if (precision == Precision.BFLOAT16 && !(fused && FusedExecution.hasBfloat16())) {
            Console.note("bfloat16 needs the fused formulation and a CPU with AVX512_BF16 or AMX;"
                    + " computing in float32");
        }
        return fused ? FusedExecution.create(precision) : Execution.NATIVE;
    }

    /** From now on as many threads compute as were asked for. */
    void useThreads() {
        Integer wanted = threads;
        if (wanted == null) {
            return;
        }
        int cores = Runtime.getRuntime().availableProcessors();
        int count = Math.min(wanted, MOST_THREADS_A_CORE * cores);
        if (count < wanted) {
            Console.note(
                    "--threads is %d, and there are %d cores: computing with %d threads; more would only take turns",
                    wanted, cores, count);
        }
        Nd4j.getEnvironment().setMaxMasterThreads(count);
        Nd4j.getEnvironment().setMaxThreads(count);
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(count); // oneDNN asks the same OpenMP
    }
}
