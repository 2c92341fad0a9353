package org.sd15.attention.fused;

import static org.sd15.testing.Closeness.assertClose;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Rule;

/**
 * Holds the words of the fused formulation, in float32, against the native ones in float64. Bounds are ten times what
 * PyTorch's float32 is away from its float64 on such blocks. The cotangent is given: one that depended on the output
 * would multiply the output's rounding by a factor that belongs to the test.
 */
final class BothExecutions {

    static final double OUTPUT = 10 * 7e-7;
    static final double GRADIENT = 10 * 1.5e-6;

    private BothExecutions() {}

    /** A word applied to {@code x} and other inputs that it declares. */
    interface Word extends BiFunction<Scope, Inputs, SDVariable> {}

    /** Placeholders that are fed by the rule, and differentiated. */
    static final class Inputs {

        private final SameDiff graph;
        private final DataType type;
        private final Map<String, INDArray> feeds = new LinkedHashMap<>();

        Inputs(SameDiff graph, DataType type) {
            this.graph = graph;
            this.type = type;
        }

        SDVariable array(String name, long... shape) {
            feeds.put(name, Rule.input("fused." + name, type, shape));
            return graph.placeHolder(name, type, shape);
        }

        Tokens tokens(String name, int batch, int tokens, int channels) {
            return Tokens.of(array(name, batch, tokens, channels), tokens, channels);
        }

        FeatureMap map(String name, int batch, int height, int width, int channels) {
            return new FeatureMap(array(name, batch, height, width, channels), height, width, channels);
        }
    }

    static OutputsAndGradients evaluate(Execution execution, Word word) {
        return evaluate(execution, DataType.FLOAT, word);
    }

    /** The result alone. */
    static INDArray output(Execution execution, DataType type, Word word) {
        SameDiff graph = Graphs.create();
        Inputs inputs = new Inputs(graph, type);
        out(graph, inputs, execution, word);
        try (GraphSession session = new GraphSession(graph, execution)) {
            return session.evaluate(inputs.feeds, List.of("out")).get("out").dup();
        }
    }

    private static OutputsAndGradients evaluate(Execution execution, DataType type, Word word) {
        long[] shape = shape(word);
        SameDiff graph = Graphs.create();
        Inputs inputs = new Inputs(graph, type);
        SDVariable out = out(graph, inputs, execution, word);
        List<String> names = List.copyOf(inputs.feeds.keySet());
        out.mul(inputs.array("cotangent", shape)).sum().rename("loss");
        try (GradientFunction function = GradientFunction.of(graph, "loss", names, execution)) {
            return function.evaluate(inputs.feeds, names, List.of("out"));
        }
    }

    private static long[] shape(Word word) {
        SameDiff graph = Graphs.create();
        Inputs inputs = new Inputs(graph, DataType.FLOAT);
        out(graph, inputs, Execution.NATIVE, word);
        return graph.output(inputs.feeds, "out").get("out").shape();
    }

    private static SDVariable out(SameDiff graph, Inputs inputs, Execution execution, Word word) {
        Scope scope = Scope.of(graph, inputs.type, Parameters.recording(new ArrayList<>()), execution);
        return graph.identity("out", word.apply(scope, inputs));
    }

    static void assertSame(Word word) {
        OutputsAndGradients expected = evaluate(Execution.NATIVE, DataType.DOUBLE, word);
        OutputsAndGradients actual = evaluate(FusedExecution.create(), DataType.FLOAT, word);
        assertClose("output", actual.output("out"), expected.output("out"), OUTPUT);
        expected.gradients().forEach((name, gradient) -> assertClose(name, actual.gradient(name), gradient, GRADIENT));
    }
}
