package org.sd15.attention.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
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
}
