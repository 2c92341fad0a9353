package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class BorrowedWeightsTest {

    @Test
    void othersAreInPlaceUntilTheyAreGivenBack() {
        INDArray own = Nd4j.createFromArray(1f, 2f);
        INDArray average = Nd4j.createFromArray(3f, 4f);
        try (BorrowedWeights borrowed = new BorrowedWeights(Map.of("w", own), Map.of("w", average))) {
            assertThat(own.toFloatVector()).containsExactly(3, 4);
        }
        assertThat(own.toFloatVector()).containsExactly(1, 2);
        assertThat(average.toFloatVector()).containsExactly(3, 4);
    }

    /** A run without an average gives its own weights as its result. */
    @Test
    void onesOwnMayBeBorrowed() {
        INDArray own = Nd4j.createFromArray(1f, 2f);
        new BorrowedWeights(Map.of("w", own), Map.of("w", own)).close();
        assertThat(own.toFloatVector()).containsExactly(1, 2);
    }
}
