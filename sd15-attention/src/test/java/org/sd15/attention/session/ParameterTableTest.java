package org.sd15.attention.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Weights;
import org.sd15.testing.Rule;

class ParameterTableTest {

    private final ParameterTable table = new ParameterTable(
            List.of(new ParameterSpec("a.weight", 2, 3), new ParameterSpec("b.weight", 2)),
            Rule.weights("", DataType.FLOAT),
            DataType.FLOAT);

    @Test
    void replacesArraysAndLeavesTheOldOnesAlone() {
        INDArray before = table.get("a.weight");
        double value = before.getDouble(1, 2);
        INDArray other = Nd4j.ones(DataType.FLOAT, 2, 3);
        table.replace(Map.of("a.weight", other));
        assertThat(table.get("a.weight")).isSameAs(other);
        assertThat(table.arrays().keySet()).containsExactly("a.weight", "b.weight");
        assertThat(before.getDouble(1, 2)).isEqualTo(value);
    }

    @Test
    void refusesWhatDoesNotFitAndThenReplacesNothing() {
        Map<String, INDArray> before = Map.copyOf(table.arrays());
        INDArray good = Nd4j.ones(DataType.FLOAT, 2, 3);
        assertThatThrownBy(() -> table.replace(Map.of("a.weight", good, "b.weight", Nd4j.ones(DataType.FLOAT, 3))))
                .hasMessage("b.weight is FLOAT [2], can't be replaced by FLOAT [3]");
        assertThatThrownBy(() -> table.replace(Map.of("a.weight", good, "b.weight", Nd4j.ones(DataType.DOUBLE, 2))))
                .hasMessage("b.weight is FLOAT [2], can't be replaced by DOUBLE [2]");
        assertThatThrownBy(() -> table.replace(Map.of("a.weight", good, "c", good)))
                .hasMessage("the model has no parameter c");
        assertThat(table.arrays()).isEqualTo(before);
    }

    @Test
    void refusesWeightsThatNothingCanBeComputedWith() {
        assertRefused(INDArray::dup, DataType.HALF, "nothing computes in HALF: FLOAT, or DOUBLE for checks");
        assertRefused(INDArray::dup, DataType.BFLOAT16, "nothing computes in BFLOAT16");
        assertRefused(array -> array.castTo(DataType.INT), DataType.FLOAT, "the weight a is of type INT");
        assertRefused(INDArray::transpose, DataType.FLOAT, "the weight a has shape [3, 2], must be [2, 3]");
        assertRefused(ParameterTableTest::closed, DataType.FLOAT, "the weight a was closed");
    }

    private static void assertRefused(UnaryOperator<INDArray> change, DataType type, String message) {
        Weights weights = spec -> change.apply(Nd4j.ones(DataType.FLOAT, spec.shape()));
        List<ParameterSpec> specs = List.of(new ParameterSpec("a", 2, 3));
        assertThatThrownBy(() -> new ParameterTable(specs, weights, type))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static INDArray closed(INDArray array) {
        array.close();
        return array;
    }

    @Test
    void saysWhichArrayWasClosedMeanwhile() {
        table.requireOpen();
        closed(table.get("b.weight"));
        assertThatThrownBy(table::requireOpen)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the weight b.weight was closed");
        INDArray gone = closed(Nd4j.ones(DataType.FLOAT, 2));
        assertThatThrownBy(() -> table.replace(Map.of("b.weight", gone)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("what is to replace b.weight was closed");
    }

    @Test
    void weightsServeAModelThatIsBuiltBelowAPlaceOfAGraph() {
        Weights below = Rule.weights("", DataType.FLOAT).under("teacher.unet");
        assertSameBits(
                "a.weight",
                below.get(new ParameterSpec("teacher.unet.a.weight", 2, 3)),
                Rule.tensor("a.weight", DataType.FLOAT, 2, 3));
        assertThatThrownBy(() -> below.get(new ParameterSpec("teacher.vae.a.weight", 2, 3)))
                .hasMessage("teacher.vae.a.weight is not below teacher.unet");
    }
}
