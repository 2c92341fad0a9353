package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.Conv2d.Geometry;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.TrainedParameters;

/** How the gradient of a convolution's kernel comes out of a fused graph. */
class KernelGradientTest {

    private static final String KERNEL = "conv.weight";

    @Test
    void itLiesAsKernelsAreStoredAndIsNotCopied() {
        Execution execution = FusedExecution.create();
        SameDiff graph = Graphs.create();
        INDArray kernel = Nd4j.randn(DataType.FLOAT, 32, 48, 3, 3).muli(0.1);
        var trained = new TrainedParameters(
                spec -> spec.name().equals(KERNEL) ? kernel : Nd4j.zeros(DataType.FLOAT, spec.shape()), KERNEL::equals);
        Scope scope = Scope.of(graph, DataType.FLOAT, trained, execution);
        var x = graph.placeHolder("x", DataType.FLOAT, -1, 8, 8, 48);
        var y = Conv2d.apply(scope.at("conv"), new FeatureMap(x, 8, 8, 48), 32, Geometry.SAME);
        y.value().mul(y.value()).sum().rename("loss");
        try (var function = GradientFunction.of(graph, "loss", List.of(KERNEL), execution)) {
            Map<String, INDArray> feeds = Map.of("x", Nd4j.randn(DataType.FLOAT, 2, 8, 8, 48));
            OutputsAndGradients evaluation = function.evaluate(feeds, List.of(KERNEL), List.of());
            INDArray inGraph = evaluation.gradient(KERNEL);
            INDArray expected = inGraph.permute(3, 2, 0, 1).dup('c');
            INDArray gradient = trained.gradients(evaluation).get(KERNEL);
            assertThat(gradient.stride()).isEqualTo(kernel.stride());
            assertThat(gradient.data().pointer().address())
                    .isEqualTo(inGraph.data().pointer().address());
            assertSameBits("gradient", gradient, expected);
        }
    }
}
