package org.sd15.attention.graph;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A low-rank addition to a linear layer or a convolution: {@code y + alpha / rank * B(A(x))}. Its parameters lie beside
 * the layer's, named as PEFT names them: {@code lora_A.weight [rank, in]} and {@code lora_B.weight [out, rank]}; for a
 * convolution {@code [rank, in, size, size]} and {@code [out, rank, 1, 1]}.
 *
 * @param rank width of the bottleneck
 * @param alpha weight of the addition; with alpha = rank it is added as it is
 * @see <a href="https://arxiv.org/abs/2106.09685">Hu et al., LoRA: Low-Rank Adaptation of Large Language Models</a>
 */
public record LowRank(int rank, double alpha) {

    /** The name of the parameter that narrows. */
    public static final String DOWN = "lora_A.weight";

    /** The name of the parameter that widens again. */
    public static final String UP = "lora_B.weight";

    /** Checks that there is a rank and a weight. */
    public LowRank {
        if (rank < 1 || !Double.isFinite(alpha)) {
            throw new IllegalArgumentException(
                    "LoRA of rank %d and alpha %s: the rank must be at least 1, alpha a number".formatted(rank, alpha));
        }
    }

    /** What {@code B(A(x))} is multiplied by. */
    public double scale() {
        return alpha / rank;
    }

    /** {@code y} with the addition of this scope's linear layer; {@code layout} is how the layer's weight is stored. */
    Tokens addTo(Tokens y, Scope scope, Tokens x, Layout layout) {
        long[] ones = layout == Layout.POINTWISE ? new long[] {1, 1} : new long[0];
        var narrow = scope.parameter(DOWN, layout, shape(rank, x.channels(), ones));
        Tokens inner = scope.formulation().linear(x, narrow, null, rank).map(this::scaled);
        var wide = scope.parameter(UP, layout, shape(y.channels(), rank, ones));
        return scope.formulation().plus(y, scope.formulation().linear(inner, wide, null, y.channels()));
    }

    /** {@code y} with the addition of this scope's convolution: A has its geometry, B is a linear layer on pixels. */
    FeatureMap addTo(FeatureMap y, Scope scope, FeatureMap x, Conv2d.Geometry geometry) {
        int size = geometry.size();
        var graph = scope.graph();
        var narrow = scope.parameter(DOWN, Layout.CONVOLUTION, rank, x.channels(), size, size);
        var noBias = graph.constant(scope.name("lora_A.bias"), zeros(scope));
        FeatureMap inner = scope.formulation().conv2d(x, narrow, noBias, rank, geometry);
        var wide = scope.parameter(UP, Layout.POINTWISE, y.channels(), rank, 1, 1);
        Tokens added = scope.formulation().linear(inner.tokens().map(this::scaled), wide, null, y.channels());
        return scope.formulation().plus(y, added.image(y.height(), y.width()));
    }

    private INDArray zeros(Scope scope) {
        return Nd4j.zeros(scope.dataType(), rank);
    }

    private SDVariable scaled(SDVariable inner) {
        return alpha == rank ? inner : inner.mul(scale());
    }

    private static long[] shape(long out, long in, long[] ones) {
        return LongStream.concat(LongStream.of(out, in), Arrays.stream(ones)).toArray();
    }
}
