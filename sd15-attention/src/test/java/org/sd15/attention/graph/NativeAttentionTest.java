package org.sd15.attention.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertClose;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.AttentionPorts.Factor;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.testing.Rule;

/** A map of more than 64 MiB is computed in parts; in one piece it has the same output and the same gradients. */
class NativeAttentionTest {

    private static final DataType TYPE = DataType.FLOAT;
    private static final int HEADS = 4;
    private static final int TOKENS = 48 * 48; // a map of 81 MiB
    private static final int CHANNELS = 8;

    /** What is added to the scores. */
    enum Bias {
        NONE,
        PER_QUERY,
        PER_KEY,
        MASKS,
        FACTOR_PER_QUERY,
        FACTOR_PER_KEY;

        @Nullable
        LogitBias declare(SameDiff graph, Map<String, INDArray> feeds) {
            return switch (this) {
                case NONE, FACTOR_PER_QUERY, FACTOR_PER_KEY -> null;
                case PER_QUERY -> new LogitBias.Dense(placeHolder(graph, feeds, "bias", noise(TOKENS)), true);
                case PER_KEY -> new LogitBias.Dense(placeHolder(graph, feeds, "bias", noise(1)), false);
                case MASKS -> {
                    INDArray foreground = noise(1).gt(0).castTo(TYPE);
                    yield new LogitBias.Masks(
                            placeHolder(graph, feeds, "query_mask", foreground.reshape(1, 1, TOKENS, 1)),
                            placeHolder(graph, feeds, "key_mask", foreground));
                }
            };
        }

        @Nullable
        Factor factor(SameDiff graph, Map<String, INDArray> feeds) {
            return switch (this) {
                case FACTOR_PER_QUERY -> new Factor(placeHolder(graph, feeds, "factor", noise(TOKENS)), true);
                case FACTOR_PER_KEY -> new Factor(placeHolder(graph, feeds, "factor", noise(1)), false);
                default -> null;
            };
        }

        private static INDArray noise(int rows) {
            return Rule.input("parts.bias", TYPE, 1, 1, rows, TOKENS);
        }

        private static SDVariable placeHolder(
                SameDiff graph, Map<String, INDArray> feeds, String name, INDArray value) {
            feeds.put(name, value);
            return graph.placeHolder(name, TYPE, value.shape());
        }

        /** What has a gradient: masks are given. */
        List<String> variables() {
            boolean dense = this == PER_QUERY || this == PER_KEY;
            return dense ? List.of("query", "key", "value", "bias") : List.of("query", "key", "value");
        }

        /** Every key's bias has the gradients of all queries of all heads; in float32 their sum depends on the order. */
        double bound(String gradient) {
            boolean longSum = this == PER_KEY && gradient.equals("bias");
            return longSum ? Math.sqrt(HEADS * TOKENS) * 0x1p-24 : 1e-6;
        }
    }

    @ParameterizedTest
    @EnumSource
    void partsAddUpToTheWhole(Bias bias) {
        OutputsAndGradients parts = evaluate(bias, false);
        OutputsAndGradients whole = evaluate(bias, true);
        assertClose("output", parts.output("output"), whole.output("output"), 1e-6);
        assertThat(parts.gradients().keySet()).containsExactlyElementsOf(bias.variables());
        whole.gradients()
                .forEach((name, expected) -> assertClose(name, parts.gradient(name), expected, bias.bound(name)));
    }

    private static OutputsAndGradients evaluate(Bias bias, boolean whole) {
        SameDiff graph = Graphs.create();
        Map<String, INDArray> feeds = new LinkedHashMap<>();
        Tokens query = input(graph, "query", feeds);
        Tokens key = input(graph, "key", feeds);
        Tokens value = input(graph, "value", feeds);
        Tokens cotangent = input(graph, "cotangent", feeds);
        var scope = Scope.of(graph, TYPE, Parameters.recording(new ArrayList<>()));
        var ports = new AttentionPorts(null, null, null, bias.declare(graph, feeds), whole, bias.factor(graph, feeds));
        SDVariable output = new NativeAttention(scope, HEADS, ports)
                .apply(query, key, value)
                .rows();
        output.rename("output").mul(cotangent.rows()).sum().rename("loss");
        assertThat(graph.hasVariable("probs")).as("the whole map is there").isEqualTo(whole);
        try (GradientFunction gradient = GradientFunction.of(graph, "loss", bias.variables())) {
            return gradient.evaluate(feeds, bias.variables(), List.of("output"));
        }
    }

    private static Tokens input(SameDiff graph, String name, Map<String, INDArray> feeds) {
        feeds.put(name, Rule.input("parts." + name, TYPE, TOKENS, CHANNELS));
        return new Tokens(graph.placeHolder(name, TYPE, -1, CHANNELS), TOKENS, CHANNELS);
    }
}
