package org.sd15.testing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Layout;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;

/**
 * A block against a reference file of inputs, weights, a cotangent, an output, and the gradients of
 * {@code sum(output * cotangent)}, as PyTorch computed them in float32 and float64.
 */
public final class BlockCase {

    private final Fixture file;
    private final DataType type;
    private final Execution execution;
    private final SameDiff graph = Graphs.create();
    private final Map<String, INDArray> feeds = new LinkedHashMap<>();
    private final Map<String, Layout> layouts = new LinkedHashMap<>();

    private BlockCase(Fixture file, DataType type, Execution execution) {
        this.file = file;
        this.type = type;
        this.execution = execution;
    }

    /** The block under test, in NCHW or tokens as PyTorch has it. */
    @FunctionalInterface
    public interface Block {
        SDVariable apply(Scope scope, Function<String, SDVariable> input);
    }

    /** The largest relative differences of a block's output and of its gradients. */
    public record Differences(double output, double gradient, String worstGradient) {}

    /** Runs a native block forwards and backwards and compares with the numbers of the same precision. */
    public static Differences compare(Fixture file, DataType type, Block block) {
        return compare(file, type, Execution.NATIVE, block);
    }

    /** Runs a block of an execution forwards and backwards and compares with the numbers of the same precision. */
    public static Differences compare(Fixture file, DataType type, Execution execution, Block block) {
        return new BlockCase(file, type, execution).run(block);
    }

    private Differences run(Block block) {
        Parameters parameters = (sd, spec, layout) -> {
            layouts.put(spec.name(), layout);
            INDArray stored = file.get("weight." + spec.name(), type).reshape(spec.shape());
            return sd.var(spec.name(), layout.toGraph(stored));
        };
        SDVariable output = block.apply(Scope.of(graph, type, parameters, execution), this::input)
                .rename("output");
        SDVariable cotangent = placeHolder("cotangent");
        output.mul(cotangent).sum().rename("loss");
        List<String> names = file.names().stream()
                .filter(name -> name.startsWith("f64.grad."))
                .map(name -> name.substring("f64.grad.".length()))
                .toList();
        List<String> variables =
                names.stream().map(name -> name.replaceFirst("^weight\\.", "")).toList();
        try (GradientFunction function = GradientFunction.of(graph, "loss", variables, execution)) {
            return differences(function.evaluate(feeds, variables, List.of("output")), names, variables);
        }
    }

    private Differences differences(OutputsAndGradients evaluation, List<String> names, List<String> variables) {
        String prefix = type == DataType.DOUBLE ? "f64." : "f32.";
        double output = Closeness.relative(evaluation.output("output"), file.get(prefix + "output"));
        double worst = 0;
        String worstName = "none";
        for (int i = 0; i < names.size(); i++) {
            String variable = variables.get(i);
            INDArray expected = file.get(prefix + "grad." + names.get(i));
            INDArray gradient =
                    layouts.getOrDefault(variable, Layout.AS_STORED).toStored(evaluation.gradient(variable));
            double difference = Closeness.largest(expected) < 1e-5 // zero but for rounding
                    ? Closeness.largest(gradient)
                    : Closeness.relative(gradient.reshape(expected.shape()), expected);
            if (!(difference <= worst)) {
                worst = difference;
                worstName = names.get(i);
            }
        }
        return new Differences(output, worst, worstName);
    }

    private SDVariable input(String name) {
        return placeHolder("input." + name);
    }

    private SDVariable placeHolder(String name) {
        if (!feeds.containsKey(name)) {
            feeds.put(name, file.get(name, type));
            long[] shape = file.shape(name);
            shape[0] = -1;
            graph.placeHolder(name, type, shape);
        }
        return graph.getVariable(name);
    }
}
