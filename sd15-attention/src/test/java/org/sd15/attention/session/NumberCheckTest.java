package org.sd15.attention.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;

class NumberCheckTest {

    private static final ParameterSpec FIRST = new ParameterSpec("first.weight", 2, 3);
    private static final ParameterSpec SECOND = new ParameterSpec("second.bias", 3);

    private final INDArray first = Nd4j.ones(DataType.FLOAT, 2, 3);
    private final INDArray second = Nd4j.ones(DataType.FLOAT, 3);
    private final INDArray input = Nd4j.ones(DataType.FLOAT, 4);
    private final INDArray lost = Nd4j.createFromArray(1f, Float.NaN);

    /** Weights that come from a file. */
    private ParameterTable table() {
        Weights file = new Weights() {
            @Override
            public INDArray get(ParameterSpec spec) {
                return spec.equals(FIRST) ? first : second;
            }

            @Override
            public String origin() {
                return "model.safetensors";
            }
        };
        return new ParameterTable(List.of(FIRST, SECOND), file, DataType.FLOAT);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void findsTheFirstValueThatIsNoNumber(double bad) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray array = Nd4j.ones(type, 2, 3, 4);
            assertThat(NumberCheck.firstBad(array)).isEmpty();
            array.putScalar(new int[] {1, 0, 2}, bad);
            array.putScalar(new int[] {1, 2, 3}, Double.NaN);
            assertThat(NumberCheck.firstBad(array)).contains(bad + " at [1, 0, 2]");
            INDArray view = array.permute(2, 0, 1);
            assertThat(NumberCheck.firstBad(view)).contains(bad + " at [2, 1, 0]");
            assertThat(NumberCheck.firstBad(array.get(NDArrayIndex.point(0)))).isEmpty();
        }
    }

    @Test
    void infinitiesThatCancelEachOtherAreFound() {
        INDArray array = Nd4j.createFromArray(1f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        assertThat(NumberCheck.firstBad(array)).contains("Infinity at [1]");
    }

    @Test
    void valuesThatAreTooLargeToBeAddedUpAreNumbersAllTheSame() {
        assertThat(NumberCheck.firstBad(Nd4j.createFromArray(3e38f, 3e38f, 3e38f)))
                .isEmpty();
        assertThat(NumberCheck.firstBad(Nd4j.createFromArray(1, 2, 3)))
                .as("whole numbers")
                .isEmpty();
        assertThat(NumberCheck.firstBad(Nd4j.empty(DataType.FLOAT))).isEmpty();
    }

    @Test
    void blamesTheWeightAndItsFile() {
        ParameterTable table = table();
        second.putScalar(2, Float.NEGATIVE_INFINITY);
        input.putScalar(0, Float.NaN);
        assertThatThrownBy(() -> table.requireFinite("the result", lost, Map.of("input", input)))
                .isInstanceOf(ArithmeticException.class)
                .hasMessage(
                        "the result is NaN at [1]: in model.safetensors the weight second.bias is -Infinity at [2]");
        table.replace(Map.of("second.bias", second.dup()));
        assertThatThrownBy(() -> table.requireFinite("the result", lost, Map.of("input", input)))
                .as("what was put in its place is not from the file")
                .hasMessage("the result is NaN at [1]: the weight second.bias is -Infinity at [2]");
    }

    @Test
    void blamesWhatWasGivenOrElseTheComputation() {
        assertThatThrownBy(() -> table().requireFinite("the result", lost, Map.of("input", input)))
                .hasMessage(
                        "the result is NaN at [1]: the weights and inputs are finite, so values grew too large on the"
                                + " way");
        input.putScalar(3, Float.NaN);
        assertThatThrownBy(() -> table().requireFinite("the result", lost, Map.of("input", input)))
                .hasMessage("the result is NaN at [1]: the input given is NaN at [3]");
        assertThatCode(() -> table().requireFinite("the result", first, Map.of("input", input)))
                .as("nothing is lost")
                .doesNotThrowAnyException();
    }
}
