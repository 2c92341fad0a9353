package org.sd15.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.session.ArrayCheck;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;

/** A loss that is about to be differentiated: graphs and what is fed to them. */
sealed interface Differentiation {

    /** The loss, and its gradients with respect to sample, context and parameters. */
    UNetGradients all();

    /** The loss, and its gradients with respect to parameters. */
    ParameterGradients ofParameters();

    /** By one graph. */
    record Whole(BuiltGraph graph, Map<String, INDArray> feeds, List<String> outputs) implements Differentiation {

        @Override
        public UNetGradients all() {
            List<String> names = new ArrayList<>(List.of(BuiltGraph.SAMPLE, BuiltGraph.CONTEXT));
            names.addAll(graph.parameters().names());
            OutputsAndGradients evaluation = graph.gradient().evaluate(feeds, names, outputs);
            return new UNetGradients(
                    loss(evaluation),
                    errors(evaluation, feeds),
                    evaluation.gradient(BuiltGraph.SAMPLE),
                    evaluation.gradient(BuiltGraph.CONTEXT),
                    graph.parameters().gradients(evaluation));
        }

        @Override
        public ParameterGradients ofParameters() {
            OutputsAndGradients evaluation =
                    graph.gradient().evaluate(feeds, graph.parameters().names(), outputs);
            return new ParameterGradients(
                    loss(evaluation),
                    errors(evaluation, feeds),
                    graph.parameters().gradients(evaluation));
        }
    }

    /** By a graph a block. */
    record InBlocks(CheckpointedGradient gradient, Map<String, INDArray> feeds, Map<String, INDArray> ofLoss)
            implements Differentiation {

        @Override
        public UNetGradients all() {
            CheckpointedGradient.Result result = gradient.evaluate(feeds, ofLoss);
            return new UNetGradients(
                    loss(result.loss()),
                    errors(result.loss(), ofLoss),
                    Objects.requireNonNull(result.inputs().get(BuiltGraph.SAMPLE)),
                    Objects.requireNonNull(result.inputs().get(BuiltGraph.CONTEXT)),
                    result.parameters());
        }

        @Override
        public ParameterGradients ofParameters() {
            CheckpointedGradient.Result result = gradient.evaluate(feeds, ofLoss);
            return new ParameterGradients(loss(result.loss()), errors(result.loss(), ofLoss), result.parameters());
        }
    }

    private static double loss(OutputsAndGradients evaluation) {
        return evaluation.output(BuiltGraph.LOSS).getDouble(0);
    }

    /** None for a vector-Jacobian product. */
    private static List<Double> errors(OutputsAndGradients evaluation, Map<String, INDArray> feeds) {
        INDArray errors = evaluation.outputs().get(BuiltGraph.ERRORS);
        if (errors == null) {
            return List.of();
        }
        long pictures = Objects.requireNonNull(feeds.get(BuiltGraph.WEIGHTS)).length();
        ArrayCheck.requireShape("what the loss returned", errors, pictures);
        return DoubleStream.of(errors.toDoubleVector()).boxed().toList();
    }
}
