package org.sd15.examples.cuda;

import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;
import org.sd15.attention.cuda.CudaBackend;

/**
 * A layer, a UNet, two steps of training and a picture on an NVIDIA card, against the numbers of a CPU: {@code ./mvnw -Pcuda
 * verify}. Nobody has run it yet; bounds are ten times what two CPUs are allowed to be apart.
 */
@Tag("cuda")
class CudaParityTest {

    @BeforeAll
    static void needACard() {
        Optional<String> problem = CudaBackend.isChosen()
                ? CudaBackend.here().problem()
                : Optional.of("the CUDA backend is not on the class path: ./mvnw -Pcuda verify");
        problem.ifPresent(why -> {
            String line = "CudaParityTest is SKIPPED, nothing was compared: " + why;
            System.err.println("=".repeat(100) + "\n" + line + "\n" + "=".repeat(100));
            throw new TestAbortedException(line);
        });
    }

    @Test
    void theCardComputesWhatTheCpuDoes() throws Exception {
        System.out.println(CudaBackend.here().findings());
        ReferenceNumbers.assertSame(CardNumbers.compute(), 1e-3, 1e-1);
    }
}
