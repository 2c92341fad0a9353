package org.sd15.attention.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Graphs;

/** What sessions and derivatives of a graph say to requests that they can't answer. */
class GraphSessionTest {

    private static SameDiff squares() {
        SameDiff graph = Graphs.create();
        SDVariable x = graph.placeHolder("x", DataType.DOUBLE, -1);
        SDVariable unused = graph.placeHolder("unused", DataType.DOUBLE, -1);
        graph.math.square(x).sum().rename("loss");
        unused.add(1).rename("other");
        return graph;
    }

    @Test
    void namesTheVariableThatIsNotThereAndTheArrayThatWasClosed() {
        try (GraphSession session = new GraphSession(squares())) {
            INDArray three = Nd4j.createFromArray(3.0);
            assertThatThrownBy(() -> session.evaluate(Map.of("x", three), List.of("loss", "los")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the graph has no variable los");
            assertThat(session.evaluate(Map.of("x", three), List.of("loss"))
                            .get("loss")
                            .getDouble(0))
                    .isEqualTo(9);
            three.close();
            assertThatThrownBy(() -> session.evaluate(Map.of("x", three), List.of("loss")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("what is fed to x was closed");
        }
    }

    @Test
    void namesWhatALossWasNotDifferentiatedWithRespectTo() {
        try (GradientFunction function = GradientFunction.of(squares(), "loss", List.of("x"))) {
            assertThatThrownBy(() ->
                            function.evaluate(Map.of("x", Nd4j.createFromArray(3.0)), List.of("unused"), List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the loss was differentiated with respect to [x], not to unused");
        }
        assertThatThrownBy(() -> GradientFunction.of(squares(), "loss", List.of("unused")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("loss depends on none of [unused]");
        assertThatThrownBy(() -> GradientFunction.of(squares(), "loss", List.of("x", "unused")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("loss does not depend on unused");
    }
}
