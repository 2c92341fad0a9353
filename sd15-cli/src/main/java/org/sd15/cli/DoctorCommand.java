package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.sd15.attention.cuda.CudaBackend;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.run.MatrixRate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Tells what this machine has and how models run on it. */
@Command(
        name = "doctor",
        footer = {"sd15 doctor", "sd15 doctor --model stable-diffusion-v1-5 --threads 4"},
        description = "Backend, CPU features, threads, memory; what is fast and why.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

    private static final List<String> FEATURES =
            List.of("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "bf16");

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Override
    public Integer call() throws Exception {
        Map<String, String> facts = new LinkedHashMap<>();
        Runtime runtime = Runtime.getRuntime();
        facts.put("java", "%s, %s".formatted(Runtime.version(), System.getProperty("java.vm.name")));
        facts.put(
                "machine",
                "%s %s, %d cores"
                        .formatted(
                                System.getProperty("os.name"),
                                System.getProperty("os.arch"),
                                runtime.availableProcessors()));
        facts.put("versions", Versions.all());
        facts.put("cpu features", features());
        if (CudaBackend.isChosen()) {
            CudaBackend cuda = CudaBackend.here();
            facts.putAll(cuda.findings());
            if (cuda.problem().isPresent()) {
                facts.put("memory", "machine " + machineMemory());
                print(facts);
                throw new UnsupportedOperationException(cuda.problem().get());
            }
        }
        try (ModelFiles files = model.open()) {
            facts.put("model", ModelMemory.of(files).toString());
        }
        computing(facts);
        print(facts);
        return 0;
    }

    private static void print(Map<String, String> facts) {
        facts.forEach((what, value) -> Console.result("%-20s %s".formatted(what, value)));
    }

    /** What ND4J says of itself once it runs, and how fast it is. */
    private static void computing(Map<String, String> facts) throws IOException {
        Runtime runtime = Runtime.getRuntime();
        boolean cpu = Nd4j.getEnvironment().isCPU();
        Properties backend = Nd4j.getExecutioner().getEnvironmentInformation();
        String build = NativeOpsHolder.getInstance().getDeviceNativeOps().buildInfo();
        facts.put("backend", "%s, %s".formatted(backend.getProperty("backend"), backend.get("blas.vendor")));
        if (cpu) {
            facts.put(
                    "ND4J's oneDNN",
                    build.contains("HAVE_ONEDNN") ? "yes, for convolutions" : "no: native convolutions are slow");
        }
        facts.put(
                "threads",
                "%d, while waiting: %s"
                        .formatted(
                                Nd4j.getEnvironment().maxThreads(),
                                System.getenv().getOrDefault("OMP_WAIT_POLICY", "spin")));
        facts.put("memory", "heap %d MB at most; machine %s".formatted(runtime.maxMemory() >> 20, machineMemory()));
        facts.put("matrix product", String.format(Locale.ROOT, "%.0f GFLOP/s in float32", MatrixRate.measure() / 1e9));
        facts.put("formulation native", "runs everything here, on plain ND4J operations");
        facts.put("formulation fused", fused());
        facts.put("precision", precision(cpu));
        facts.put(
                "same seed",
                "fused: same bits on any number of threads, pictures and gradients; native may round otherwise");
    }

    private static String precision(boolean cpu) {
        if (!cpu) {
            return "float32; the GPU is given nothing in float16 or bfloat16";
        }
        return FusedExecution.hasBfloat16()
                ? "float32; bfloat16 for linear layers, convolutions and large attentions, fused"
                : "float32; this CPU has no instructions for bfloat16";
    }

    private static String fused() {
        return FusedExecution.problem()
                .map(why -> "does not run here: " + why)
                .orElse("runs float32, the default: oneDNN %s for convolutions, linear layers, attention and norms,"
                                .formatted(OneDnn.version())
                        + " forwards and backwards, 3x3 convolutions by Winograd; float64 is native");
    }

    private static String features() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return "unknown on this system";
        }
        String flags = Files.readAllLines(info).stream()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .findFirst()
                .orElse("");
        List<String> present = Arrays.asList(flags.split("[\\s:]+"));
        return FEATURES.stream().filter(present::contains).collect(Collectors.joining(" "));
    }

    private static String machineMemory() throws IOException {
        Path info = Path.of("/proc/meminfo");
        return Files.isReadable(info)
                ? Files.readAllLines(info).stream()
                        .limit(3)
                        .map(line -> line.replaceAll("\\s+", " "))
                        .collect(Collectors.joining(", "))
                : "unknown on this system";
    }
}
