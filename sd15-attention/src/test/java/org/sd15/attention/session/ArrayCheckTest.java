package org.sd15.attention.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What may go into a model, and what is said of the rest. */
class ArrayCheckTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16"})
    void takesFloatingPointNumbersOfAnyWidth(DataType type) {
        INDArray array = Nd4j.ones(type, 2, 3);
        assertThat(ArrayCheck.requireShape("it", array, -1, 3)).isSameAs(array);
    }

    @ParameterizedTest
    @EnumSource(names = {"LONG", "INT", "BOOL", "UBYTE"})
    void refusesOtherTypes(DataType type) {
        assertThatThrownBy(() -> ArrayCheck.require("the sample", Nd4j.zeros(type, 2, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the sample is of type " + type);
    }

    @Test
    void refusesOtherShapesThoughTheyCouldBeBroadcast() {
        for (long[] shape : new long[][] {{1, 3}, {2, 1}, {3}, {1, 2, 3}}) {
            INDArray array = Nd4j.ones(DataType.FLOAT, shape);
            assertThatThrownBy(() -> ArrayCheck.requireShape("the target", array, 2, 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the target has shape [")
                    .hasMessageEndingWith("must be [2, 3]");
        }
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThatThrownBy(() -> ArrayCheck.require("the sample", null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("the sample is null");
        assertThatThrownBy(() -> ArrayCheck.require("the sample", Nd4j.create(DataType.FLOAT, 2, 0, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the sample has shape [2, 0, 3]: no side may be 0");
        INDArray closed = Nd4j.ones(2);
        closed.close();
        assertThatThrownBy(() -> ArrayCheck.require("the sample", closed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the sample was closed");
    }
}
