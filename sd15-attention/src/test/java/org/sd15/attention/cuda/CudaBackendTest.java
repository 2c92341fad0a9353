package org.sd15.attention.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of machines with and without a driver, cards and libraries. */
class CudaBackendTest {

    private static final String NATIVES = "org/nd4j/linalg/jcublas/bindings/linux-x86_64/libnd4jcuda.so";
    private static final CudaDevice A100 = new CudaDevice("NVIDIA A100", new ComputeCapability(8, 0), 40L << 30);
    private static final CudaDevice H100 = new CudaDevice("NVIDIA H100", new ComputeCapability(9, 0), 80L << 30);
    private static final Set<String> LIBRARIES =
            Set.of("libcuda.so.1", "libcudart.so.11.0", "libcublas.so.11", "libcublasLt.so.11", "libcusolver.so.11");

    /** A machine that has what it is told to have. */
    private record Told(String platform, Set<String> shipped, Set<String> libraries, List<CudaDevice> devices)
            implements Machine {

        @Override
        public boolean ships(String resource) {
            return shipped.contains(resource);
        }

        @Override
        public Optional<String> problemOf(String library) {
            return libraries.contains(library) ? Optional.empty() : Optional.of(library + ": cannot open");
        }
    }

    private static CudaBackend on(Set<String> libraries, CudaDevice... devices) {
        return CudaBackend.on(new Told("linux-x86_64", Set.of(NATIVES), libraries, List.of(devices)));
    }

    private static String problem(CudaBackend backend) {
        String problem = backend.problem().orElseThrow();
        assertThat(problem)
                .startsWith("the CUDA backend can't run here: ")
                .endsWith("; or take the CPU: SD15_BACKEND=cpu, in Maven no profile cuda")
                .doesNotContain("\n");
        return problem;
    }

    @Test
    void whereEverythingIsThereNothingIsWrong() {
        CudaBackend backend = on(LIBRARIES, A100);
        assertThat(backend.problem()).isEmpty();
        assertThat(backend.findings())
                .containsEntry("NVIDIA's driver", "there: libcuda.so.1")
                .containsEntry("cards", "NVIDIA A100, compute capability 8.0, 40.0 GiB")
                .containsEntry("libcublas.so.11", "there");
    }

    @Test
    void withoutADriverItAndEveryMissingLibraryIsNamed() {
        CudaBackend backend = on(Set.of("libcudart.so.11.0"));
        assertThat(problem(backend))
                .contains("driver is missing (libcuda.so.1: cannot open): install 510.39.01 or newer")
                .contains("libcublas.so.11, libcublasLt.so.11, libcusolver.so.11 are missing: install the toolkit")
                .contains("SD15_BACKEND=cuda-redist");
        assertThat(backend.findings())
                .containsEntry("cards", "unknown without the driver")
                .containsEntry("libcudart.so.11.0", "there")
                .containsEntry("libcublas.so.11", "missing: libcublas.so.11: cannot open");
        assertThat(backend.findings().get("cards that can run")).contains("K80", "A100", "RTX 30", "RTX 40");
        assertThat(backend.findings().get("cards that can't")).contains("H100", "B200", "RTX 50");
    }

    @Test
    void librariesOnTheClassPathWillDo() {
        Set<String> shipped = Set.of(
                NATIVES,
                "org/bytedeco/cuda/linux-x86_64/libcudart.so.11.0",
                "org/bytedeco/cuda/linux-x86_64/libcublas.so.11",
                "org/bytedeco/cuda/linux-x86_64/libcublasLt.so.11",
                "org/bytedeco/cuda/linux-x86_64/libcusolver.so.11");
        Told told = new Told("linux-x86_64", shipped, Set.of("libcuda.so.1"), List.of(A100));
        assertThat(CudaBackend.on(told).problem()).isEmpty();
    }

    @Test
    void aDriverWithoutCardsIsSaid() {
        assertThat(problem(on(LIBRARIES))).contains("sees no card", "nvidia-smi");
    }

    @Test
    void aCardThatTheLibraryHasNoCodeForIsNamed() {
        assertThat(problem(on(LIBRARIES, H100)))
                .contains("3.7 to 8.6 and no PTX", "NVIDIA H100, compute capability 9.0")
                .doesNotContain("CUDA_VISIBLE_DEVICES");
        assertThat(problem(on(LIBRARIES, A100, H100)))
                .contains("NVIDIA H100, compute capability 9.0, 80.0 GiB; hide it by CUDA_VISIBLE_DEVICES");
    }

    @Test
    void aDriverThatRefusesIsQuoted() {
        Machine refusing = new Machine() {
            @Override
            public String platform() {
                return "linux-x86_64";
            }

            @Override
            public boolean ships(String resource) {
                return resource.equals(NATIVES);
            }

            @Override
            public Optional<String> problemOf(String library) {
                return Optional.empty();
            }

            @Override
            public List<CudaDevice> devices() {
                throw new IllegalStateException("cuInit of NVIDIA's driver returned 803");
            }
        };
        assertThat(problem(CudaBackend.on(refusing))).contains("cuInit of NVIDIA's driver returned 803");
    }

    @Test
    void aPlatformWithoutNativesIsSaidFirst() {
        Told mac = new Told("macosx-arm64", Set.of(), Set.of(), List.of());
        assertThat(problem(CudaBackend.on(mac)))
                .contains("classifier macosx-arm64")
                .doesNotContain("driver");
    }

    @Test
    void onWindowsLibrariesHaveTheirNamesThere() {
        String natives = "org/nd4j/linalg/jcublas/bindings/windows-x86_64/nd4jcuda.dll";
        Told windows = new Told("windows-x86_64", Set.of(natives), Set.of("nvcuda.dll"), List.of(A100));
        assertThat(problem(CudaBackend.on(windows))).contains("cublas64_11.dll").doesNotContain(".so");
    }

    @ParameterizedTest
    @CsvSource({
        "3, 5, false", "3, 7, true", "5, 0, true", "5, 2, true", "6, 0, true", "6, 1, true", "7, 0, true",
        "7, 5, true", "8, 0, true", "8, 6, true", "8, 9, true", "9, 0, false", "10, 0, false", "12, 0, false"
    })
    void aCardRunsTheCodeOfItsMajorNumberAndNoHigherMinorOne(int major, int minor, boolean runs) {
        assertThat(CudaCards.canRun(new ComputeCapability(major, minor))).isEqualTo(runs);
    }

    @Test
    void thisMachineAnswersWithoutAStackTrace() {
        CudaBackend here = CudaBackend.here();
        assertThat(here.findings()).containsKeys("ND4J's library", "cards that can run");
        assertThat(new ThisMachine().problemOf("libno-such-library.so.1").orElseThrow())
                .contains("libno-such-library.so.1");
    }
}
