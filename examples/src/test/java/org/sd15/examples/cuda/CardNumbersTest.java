package org.sd15.examples.cuda;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.OffHost;

/**
 * The file that a card is compared with has this CPU's numbers, computed as a card would: on ND4J's own operations and in
 * its own memory.
 */
class CardNumbersTest {

    @Test
    void theNumbersOfTheFileAreThoseOfACpu() {
        Map<String, INDArray> numbers = OffHost.get(() -> {
            try {
                return CardNumbers.compute();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        ReferenceNumbers.assertSame(numbers, 1e-4, 1e-2);
    }
}
