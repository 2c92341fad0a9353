package org.sd15.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.AttentionPorts.Routing;
import org.sd15.attention.graph.AttentionPorts.TokenMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Closeness;
import org.sd15.testing.DifferenceQuotient;
import org.sd15.testing.Rule;

/** Central differences in float64 through every control port, at 20 places drawn from inputs, weights and ports. */
class PortGradientTest {

    private static final DataType TYPE = DataType.DOUBLE;
    private static final int BATCH = 3;
    private static final int PIXELS = 4;
    private static final int WORDS = 5;
    private static final CrossAttention ATTENTION = CrossAttention.of(6, 7, 2, 3);

    /** The ports of a case. */
    enum Case {
        PLAIN,
        ROUTING,
        TOKEN_MAP,
        DENSE_BIAS,
        MASKS,
        FACTOR,
        EVERYTHING
    }

    private final SameDiff graph = Graphs.create();
    private final Map<String, INDArray> feeds = new LinkedHashMap<>();
    private final List<String> variables = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void gradientsThroughPortsAreDifferenceQuotients(Case ports) {
        build(ports);
        try (GradientFunction function = GradientFunction.of(graph, "loss", variables);
                GraphSession forward = new GraphSession(graph)) {
            Map<String, INDArray> gradients =
                    function.evaluate(feeds, variables, List.of()).gradients();
            var random = new Random(7);
            for (int i = 0; i < 20; i++) {
                String name = variables.get(random.nextInt(variables.size()));
                INDArray gradient = value(gradients, name);
                int place = random.nextInt((int) gradient.length());
                double quotient = DifferenceQuotient.of(value(feeds, name), place, () -> loss(forward));
                assertThat(gradient.dup('c').reshape(gradient.length()).getDouble(place))
                        .as("%s at %d", name, place)
                        .isCloseTo(quotient, within(1e-6 * Closeness.largest(gradient)));
            }
        }
    }

    /** By the graph itself: the copy that belongs to its derivative might have lost a setting that the gradient lost too. */
    private INDArray loss(GraphSession forward) {
        return value(forward.evaluate(feeds, List.of("loss")), "loss");
    }

    private static INDArray value(Map<String, INDArray> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    private void build(Case ports) {
        Tokens image = Tokens.of(input("image", BATCH, PIXELS, 6), PIXELS, 6);
        Tokens text = Tokens.of(input("text", BATCH, WORDS, 7), WORDS, 7);
        Parameters weights = (sd, spec, layout) -> {
            feeds.put(spec.name(), Rule.tensor("ports/" + spec.name(), TYPE, spec.shape()));
            return declare(spec.name());
        };
        AttentionPorts all = ports(ports);
        Scope scope = Scope.of(graph, TYPE, weights).withPorts(path -> all);
        SDVariable output = ATTENTION.apply(scope, image, text).array();
        feeds.put("cotangent", Rule.input("ports.cotangent", TYPE, BATCH, PIXELS, 6));
        output.mul(graph.placeHolder("cotangent", TYPE, BATCH, PIXELS, 6)).sum().rename("loss");
    }

    private AttentionPorts ports(Case ports) {
        boolean all = ports == Case.EVERYTHING;
        Routing routing = all || ports == Case.ROUTING
                ? new Routing(
                        input("route_query", BATCH, BATCH),
                        input("route_key", BATCH, BATCH),
                        input("route_value", BATCH, BATCH))
                : null;
        TokenMap map = all || ports == Case.TOKEN_MAP
                ? new TokenMap(
                        input("map_route", BATCH, BATCH),
                        input("map_matrix", BATCH, WORDS, WORDS),
                        input("map_mixed", BATCH, 1, 1, WORDS),
                        input("map_own", BATCH, 1, 1, WORDS))
                : null;
        return new AttentionPorts(null, routing, map, bias(ports), false, factor(ports));
    }

    private AttentionPorts.@Nullable Factor factor(Case ports) {
        return ports == Case.FACTOR || ports == Case.EVERYTHING
                ? new AttentionPorts.Factor(input("factor", BATCH, 2, PIXELS, WORDS), true)
                : null;
    }

    private @Nullable LogitBias bias(Case ports) {
        return switch (ports) {
            case DENSE_BIAS, EVERYTHING -> new LogitBias.Dense(input("bias", BATCH, 1, PIXELS, WORDS), true);
            case MASKS -> {
                SDVariable query = graph.constant(mask(PIXELS).reshape(1, 1, PIXELS, 1));
                SDVariable key = graph.constant(mask(WORDS).reshape(1, 1, 1, WORDS));
                yield new LogitBias.Masks(query, key);
            }
            case PLAIN, ROUTING, TOKEN_MAP, FACTOR -> null;
        };
    }

    /** Every other token is foreground. */
    private static INDArray mask(int tokens) {
        INDArray mask = Nd4j.zeros(TYPE, tokens);
        for (int i = 0; i < tokens; i += 2) {
            mask.putScalar(i, 1);
        }
        return mask;
    }

    private SDVariable input(String name, long... shape) {
        feeds.put(name, Rule.input("ports." + name, TYPE, shape));
        return declare(name);
    }

    private SDVariable declare(String name) {
        variables.add(name);
        return graph.placeHolder(name, TYPE, value(feeds, name).shape());
    }
}
