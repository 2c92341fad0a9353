package org.sd15.attention.graph;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.DifferenceQuotient;
import org.sd15.testing.Rule;

/** A function of one array, in a graph. */
final class Probe {

    private Probe() {}

    /** Its values. */
    static double[] values(INDArray x, UnaryOperator<SDVariable> function) {
        SameDiff graph = Graphs.create();
        String name =
                function.apply(graph.placeHolder("x", x.dataType(), x.shape())).name();
        return evaluate(graph, x, name).castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }

    private static INDArray evaluate(SameDiff graph, INDArray x, String name) {
        try (GraphSession session = new GraphSession(graph)) {
            return Objects.requireNonNull(
                    session.evaluate(Map.of("x", x), List.of(name)).get(name));
        }
    }

    /** The largest difference of SameDiff's own gradient from difference quotients, beside the largest quotient. */
    static double gradientError(INDArray x, UnaryOperator<SDVariable> function) {
        SameDiff graph = Graphs.create();
        SDVariable y = function.apply(graph.placeHolder("x", DataType.DOUBLE, x.shape()));
        long[] shape = evaluate(graph, x, y.name()).shape();
        y.mul(graph.constant(Rule.input("cotangent", DataType.DOUBLE, shape)))
                .sum()
                .rename("loss");
        GradientFunction.of(graph, "loss", List.of("x")).close(); // makes the derivative without printing
        INDArray gradient = Objects.requireNonNull(
                graph.calculateGradients(Map.of("x", x), "x").get("x"));
        INDArray flat = gradient.dup('c').reshape(x.length());
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < x.length(); i++) {
            double quotient = DifferenceQuotient.of(x, i, () -> evaluate(graph, x, "loss"));
            worst = Math.max(worst, Math.abs(quotient - flat.getDouble(i)));
            largest = Math.max(largest, Math.abs(quotient));
        }
        return worst / largest;
    }
}
