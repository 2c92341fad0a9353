package org.sd15.attention.cuda;

import java.util.List;
import java.util.stream.Stream;

/**
 * Which cards the CUDA library of ND4J 1.0.0-M2.1 can run on. It holds machine code for some architectures and none of the
 * intermediate code (PTX) that a driver could compile for others, so a card of another major number can't run it.
 */
public final class CudaCards {

    /** The architectures in {@code libnd4jcuda.so}; the profile {@code cuda-check} reads them there. */
    public static final List<Integer> ARCHITECTURES = List.of(37, 50, 52, 60, 61, 70, 75, 80, 86);

    private CudaCards() {}

    /** Whether there is machine code for a card. */
    static boolean canRun(ComputeCapability card) {
        return compiledFor().anyMatch(card::runs);
    }

    /** The architectures by their numbers and the names of cards. */
    public static String runnable() {
        return "3.7 (Tesla K80), 5.x (Maxwell: GTX 900, M40, M60), 6.x (Pascal: P100, P40, GTX 10), 7.0 (V100),"
                + " 7.5 (T4, RTX 20, GTX 16), 8.0 (A100, A30), 8.6 (A10, A40, RTX A6000, RTX 30),"
                + " 8.9 (L4, L40, RTX 40; it runs the code of 8.6)";
    }

    /** Well-known ones that can't run it. */
    public static String unrunnable() {
        return "3.5 and older (K20, K40), 9.0 (Hopper: H100, H200), 10.x and 12.x (Blackwell: B200, RTX 50)";
    }

    /** From the lowest to the highest capability that there is code for. */
    static String range() {
        List<ComputeCapability> all = compiledFor().toList();
        return "%s to %s".formatted(all.get(0), all.get(all.size() - 1));
    }

    private static Stream<ComputeCapability> compiledFor() {
        return ARCHITECTURES.stream().map(ComputeCapability::ofArchitecture);
    }
}
