package org.sd15.examples.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sd15.attention.cuda.CudaCards;

/**
 * What ND4J's library for CUDA can do, against what this project asks of it; without a card. {@code ./mvnw -Pcuda-check
 * verify} puts the library on the class path, whose file is read and not loaded: 0.6 GB to download, 0.9 GB unpacked.
 */
@Tag("cuda-check")
class CudaCheckTest {

    private static final String LIBRARY = "/org/nd4j/linalg/jcublas/bindings/linux-x86_64/libnd4jcuda.so";

    private static CudaLibrary library;

    @BeforeAll
    static void readTheLibrary() throws IOException {
        library = new CudaLibrary(Path.of(Loader.cacheResource(LIBRARY).getPath()));
    }

    @AfterAll
    static void close() throws IOException {
        library.close();
    }

    /** As many as the library itself tells ({@code getAllCustomOps}) where it is loaded, with all of the names. */
    @Test
    void itsOperationsAreRead() {
        assertThat(library.customOperations())
                .hasSizeGreaterThan(650)
                .contains("conv2d", "conv2d_bp", "matmul", "mmul", "softmax", "layer_norm", "Pow")
                .doesNotContain("no_such_operation");
    }

    @Test
    void everyOperationOfEveryNativeGraphIsInIt() throws Exception {
        GraphRecorder recorder = new GraphRecorder();
        NativeGraphs.evaluate(recorder);
        System.out.println("custom operations of the native graphs: " + recorder.custom());
        System.out.println("legacy operations of the native graphs: " + recorder.legacy());
        assertThat(recorder.custom()).hasSizeGreaterThan(25);
        assertThat(library.customOperations()).containsAll(recorder.custom());
        assertThat(recorder.legacy()).isSubsetOf(LegacyKernels.names());
        recorder.legacy()
                .forEach(operation -> assertThat(LegacyKernels.isIn(library, operation))
                        .as(operation)
                        .isTrue());
    }

    @Test
    void itHoldsMachineCodeForTheArchitecturesThatAreNamedAndNoPtx() throws IOException {
        Map<String, Integer> code = library.code();
        System.out.println("code of the library by architecture, pieces: " + code);
        Map<String, Integer> named = CudaCards.ARCHITECTURES.stream()
                .collect(Collectors.toMap(
                        sm -> "sm_" + sm, sm -> code.getOrDefault("sm_37", 0), (a, b) -> a, TreeMap::new));
        assertThat(code).isEqualTo(named).doesNotContainValue(0);
    }
}
