package org.sd15.attention.fused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.FusedGraph.FusedOutput;
import org.sd15.attention.fused.FusedGraph.Operand;
import org.sd15.attention.fused.ops.Convolution;
import org.sd15.attention.fused.ops.Kernel;
import org.sd15.attention.fused.ops.Linear;

/** Sums that a linear layer or a convolution does on its way. */
record Residuals(FusedGraph graph) {

    /** The sum as a residual of the operation that gives one of them; null if neither can take one. */
    @Nullable
    Operand plus(Operand a, Operand b, int channels) {
        Operand intoA = withResidual(a, b, channels);
        return intoA != null ? intoA : withResidual(b, a, channels);
    }

    private @Nullable Operand withResidual(Operand sum, Operand other, int channels) {
        FusedOutput producer = graph.producer(sum);
        if (producer == null || producer.rank() != other.rank()) {
            return null;
        }
        Kernel kernel = producer.op().kernel();
        List<SDVariable> inputs = new ArrayList<>(Arrays.asList(producer.op().args()));
        if (hasResidual(kernel)) {
            return onTopOfResidual(producer, other, channels);
        }
        inputs.add(other.value());
        if (kernel instanceof Linear linear && !linear.residual()) {
            return graph.add(new Linear(linear.bias(), true, linear.constant()), producer.rank(), channels, inputs);
        }
        if (kernel instanceof Convolution convolution && !convolution.residual()) {
            return graph.add(convolution.withResidual(), producer.rank(), channels, inputs);
        }
        return null;
    }

    private static boolean hasResidual(Kernel kernel) {
        return (kernel instanceof Linear linear && linear.residual())
                || (kernel instanceof Convolution convolution && convolution.residual());
    }

    /** A low-rank addition is a residual too: what comes on top of both is added to it first. */
    private @Nullable Operand onTopOfResidual(FusedOutput producer, Operand other, int channels) {
        SDVariable[] inputs = producer.op().args().clone();
        int last = inputs.length - 1;
        Operand residual = withResidual(new Operand(inputs[last], producer.rank()), other, channels);
        if (residual == null) {
            return null;
        }
        inputs[last] = residual.value();
        return graph.add(producer.op().kernel(), producer.rank(), channels, List.of(inputs));
    }
}
