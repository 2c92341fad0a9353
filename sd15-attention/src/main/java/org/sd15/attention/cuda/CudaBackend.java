package org.sd15.attention.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * ND4J's CUDA backend on a machine: what it looks for, what was found, and what is wrong. ND4J itself ends in a page of
 * stack traces where something is missing, so this is asked before it is.
 *
 * @param findings what was looked for, and what was found
 * @param problem why the backend can't run here and what to do, in one line; empty where nothing is in its way
 */
public record CudaBackend(Map<String, String> findings, Optional<String> problem) {

    private static final String BACKEND = "org/nd4j/linalg/jcublas/JCublasBackend.class";
    private static final String NATIVES = "org/nd4j/linalg/jcublas/bindings/%s/%snd4jcuda.%s";
    private static final String SHIPPED = "org/bytedeco/cuda/%s/%s";
    private static final String OTHERWISE = "; or take the CPU: SD15_BACKEND=cpu, in Maven no profile cuda";

    private static final List<String> ON_LINUX =
            List.of("libcudart.so.11.0", "libcublas.so.11", "libcublasLt.so.11", "libcusolver.so.11");
    private static final List<String> ON_WINDOWS =
            List.of("cudart64_110.dll", "cublas64_11.dll", "cublasLt64_11.dll", "cusolver64_11.dll");

    /** Copies the map. */
    public CudaBackend {
        findings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(findings));
    }

    /** Whether the backend is on the class path, so that ND4J would take it. */
    public static boolean isChosen() {
        return new ThisMachine().ships(BACKEND);
    }

    /** Looks at this machine. Nothing of ND4J is loaded. */
    public static CudaBackend here() {
        return on(new ThisMachine());
    }

    /**
     * Refuses to go on where the backend was chosen and can't run; does nothing elsewhere.
     *
     * @throws UnsupportedOperationException saying in one line what is missing and what to do
     */
    public static void requireUsable() {
        if (isChosen()) {
            here().problem.ifPresent(problem -> {
                throw new UnsupportedOperationException(problem);
            });
        }
    }

    /** The driver's library on a platform. */
    static String driver(String platform) {
        return platform.startsWith("windows") ? "nvcuda.dll" : "libcuda.so.1";
    }

    static CudaBackend on(Machine machine) {
        Map<String, String> findings = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        lookForNatives(machine, findings).ifPresent(problems::add);
        if (problems.isEmpty()) {
            lookForDriver(machine, findings).ifPresent(problems::add);
            lookForLibraries(machine, findings).ifPresent(problems::add);
        }
        findings.put("cards that can run", CudaCards.runnable());
        findings.put("cards that can't", CudaCards.unrunnable());
        return new CudaBackend(
                findings,
                problems.isEmpty()
                        ? Optional.empty()
                        : Optional.of("the CUDA backend can't run here: " + String.join("; ", problems) + OTHERWISE));
    }

    private static Optional<String> lookForNatives(Machine machine, Map<String, String> findings) {
        String platform = machine.platform();
        boolean windows = platform.startsWith("windows");
        String library = NATIVES.formatted(platform, windows ? "" : "lib", windows ? "dll" : "so");
        boolean found = machine.ships(library);
        findings.put("ND4J's library", found ? "nd4j-cuda-11.6 for " + platform : "not on the class path: " + library);
        return found
                ? Optional.empty()
                : Optional.of("nd4j-cuda-11.6 with the classifier %s is not on the class path".formatted(platform));
    }

    private static Optional<String> lookForDriver(Machine machine, Map<String, String> findings) {
        String library = driver(machine.platform());
        Optional<String> problem = machine.problemOf(library);
        if (problem.isPresent()) {
            findings.put("NVIDIA's driver", "missing: " + problem.get());
            findings.put("cards", "unknown without the driver");
            return Optional.of("NVIDIA's driver is missing (%s): install 510.39.01 or newer".formatted(problem.get()));
        }
        findings.put("NVIDIA's driver", "there: " + library);
        return lookForCards(machine, findings);
    }

    private static Optional<String> lookForCards(Machine machine, Map<String, String> findings) {
        List<CudaDevice> cards;
        try {
            cards = machine.devices();
        } catch (IllegalStateException | LinkageError refused) {
            findings.put("cards", "unknown: " + refused.getMessage());
            return Optional.of(
                    "NVIDIA's driver does not work: %s; see what nvidia-smi says".formatted(refused.getMessage()));
        }
        findings.put("cards", cards.isEmpty() ? "none" : text(cards));
        if (cards.isEmpty()) {
            return Optional.of("NVIDIA's driver sees no card: see what nvidia-smi and CUDA_VISIBLE_DEVICES say");
        }
        List<CudaDevice> others = cards.stream()
                .filter(card -> !CudaCards.canRun(card.capability()))
                .toList();
        if (others.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                "the library of ND4J 1.0.0-M2.1 has machine code for compute capabilities %s and no PTX, so it"
                                .formatted(CudaCards.range())
                        + " can't run on %s".formatted(text(others))
                        + (others.size() < cards.size() ? "; hide it by CUDA_VISIBLE_DEVICES" : ""));
    }

    private static String text(List<CudaDevice> cards) {
        return cards.stream().map(CudaDevice::toString).collect(Collectors.joining(" and "));
    }

    private static Optional<String> lookForLibraries(Machine machine, Map<String, String> findings) {
        List<String> missing = new ArrayList<>();
        for (String library : machine.platform().startsWith("windows") ? ON_WINDOWS : ON_LINUX) {
            if (machine.ships(SHIPPED.formatted(machine.platform(), library))) {
                findings.put(library, "there, on the class path");
                continue;
            }
            Optional<String> problem = machine.problemOf(library);
            findings.put(library, problem.map(why -> "missing: " + why).orElse("there"));
            problem.ifPresent(why -> missing.add(library));
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        ("%s missing: install the toolkit of CUDA 11.6 and put its libraries on LD_LIBRARY_PATH, or"
                                        + " let Maven bring them: SD15_BACKEND=cuda-redist, its profile cuda-redist")
                                .formatted(String.join(", ", missing) + (missing.size() == 1 ? " is" : " are")));
    }
}
