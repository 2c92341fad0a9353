package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Formulation;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.machine.HostMemory;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.OffHost;
import org.sd15.testing.Rule;

/** What a GPU takes instead of planned activations: ND4J's own memory. Same values and gradients, bit by bit. */
class HostMemoryTest {

    private static final int WIDTH = 24;
    private static final List<String> INPUTS = List.of("x", "y", "w", "b", "scale", "shift");

    /** Arrays of different lifetimes, two of which are needed again at the end, and some of the same shape. */
    private static SameDiff graph(DataType type) {
        SameDiff graph = Graphs.create();
        Scope scope = Scope.of(graph, type, Parameters.recording(new ArrayList<>()));
        Formulation words = scope.formulation();
        Tokens x = Tokens.of(graph.placeHolder("x", type, 2, 9, WIDTH), 9, WIDTH);
        Tokens y = Tokens.of(graph.placeHolder("y", type, 2, 5, WIDTH), 5, WIDTH);
        SDVariable w = graph.placeHolder("w", type, WIDTH, WIDTH);
        SDVariable b = graph.placeHolder("b", type, WIDTH);
        SDVariable scale = graph.placeHolder("scale", type, WIDTH);
        SDVariable shift = graph.placeHolder("shift", type, WIDTH);
        Tokens normal = words.layerNorm(x, scale, shift, 1e-5);
        Tokens queries = words.linear(normal, w, b, WIDTH);
        Tokens attended = words.attention(scope, queries, y, words.linear(y, w, b, WIDTH), 3, AttentionPorts.NONE);
        Tokens sum = words.plus(words.linear(attended, w, b, WIDTH), normal);
        FeatureMap map = words.groupNorm(sum.image(3, 3), scale, shift, 4, 1e-5, true);
        SDVariable out = graph.identity("out", words.plus(map.tokens(), queries).rows());
        graph.identity("early", queries.rows());
        out.mul(out).mean().rename("loss");
        return graph;
    }

    private static Map<String, INDArray> feeds(DataType type, int seed) {
        return Map.of(
                "x", Rule.input("x" + seed, type, 2, 9, WIDTH),
                "y", Rule.input("y" + seed, type, 2, 5, WIDTH),
                "w", Rule.tensor("w" + seed + ".weight", type, WIDTH, WIDTH),
                "b", Rule.tensor("b.bias", type, WIDTH),
                "scale", Rule.tensor("scale", type, WIDTH),
                "shift", Rule.tensor("shift.bias", type, WIDTH));
    }

    private static List<Map<String, INDArray>> values(DataType type, boolean planned) {
        List<Map<String, INDArray>> values = new ArrayList<>();
        try (var session = new GraphSession(graph(type))) {
            for (int seed : new int[] {1, 2, 1}) {
                values.add(session.evaluate(feeds(type, seed), List.of("out", "early")));
            }
            assertThat(session.activationBytes() > 0).isEqualTo(planned);
        }
        return values;
    }

    private static List<OutputsAndGradients> gradients(DataType type) {
        try (var function = GradientFunction.of(graph(type), "loss", INPUTS)) {
            return List.of(
                    function.evaluate(feeds(type, 1), INPUTS, List.of("out", "loss")),
                    function.evaluate(feeds(type, 2), INPUTS, List.of("out", "loss")),
                    function.evaluate(feeds(type, 1), INPUTS, List.of("out", "loss")));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void valuesHaveTheSameBits(DataType type) {
        List<Map<String, INDArray>> planned = values(type, true);
        List<Map<String, INDArray>> own = OffHost.get(() -> values(type, false));
        for (int i = 0; i < planned.size(); i++) {
            assertSameBits("out", own.get(i).get("out"), planned.get(i).get("out"));
            assertSameBits("early", own.get(i).get("early"), planned.get(i).get("early"));
        }
        assertSameBits("again", own.get(2).get("out"), own.get(0).get("out"));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void gradientsHaveTheSameBits(DataType type) {
        List<OutputsAndGradients> planned = gradients(type);
        Supplier<List<OutputsAndGradients>> evaluations = () -> gradients(type);
        List<OutputsAndGradients> own = OffHost.get(evaluations);
        for (int i = 0; i < planned.size(); i++) {
            OutputsAndGradients expected = planned.get(i);
            OutputsAndGradients actual = own.get(i);
            assertSameBits("loss", actual.output("loss"), expected.output("loss"));
            assertSameBits("out", actual.output("out"), expected.output("out"));
            assertThat(expected.gradients().keySet()).containsExactlyInAnyOrderElementsOf(INPUTS);
            expected.gradients().forEach((name, gradient) -> assertSameBits(name, actual.gradient(name), gradient));
        }
    }

    @Test
    void whatTakesAddressesIsNotUsedThen() {
        assertThat(HostMemory.serves()).isTrue();
        assertThat(FusedExecution.problem()).isEmpty();
        assertThat(OffHost.get(HostMemory::serves)).isFalse();
        assertThat(OffHost.get(FusedExecution::problem).orElseThrow()).contains("sd15.hostMemory=false");
        assertThat(OffHost.get(FusedExecution::orNative)).isEqualTo(Execution.NATIVE);
        assertThat(HostMemory.serves()).isTrue();
    }
}
