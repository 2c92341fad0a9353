package org.sd15.attention.fused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ops.impl.shape.Reshape;
import org.sd15.attention.fused.ops.Concatenation;
import org.sd15.attention.fused.ops.Convolution;
import org.sd15.attention.fused.ops.FusedOp;
import org.sd15.attention.fused.ops.GeGlu;
import org.sd15.attention.fused.ops.GroupNormalization;
import org.sd15.attention.fused.ops.Kernel;
import org.sd15.attention.fused.ops.LayerNormalization;
import org.sd15.attention.fused.ops.Linear;
import org.sd15.attention.fused.ops.Swish;
import org.sd15.attention.fused.ops.Upsampling;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Formulation;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * The vocabulary in fused operations. Two things keep their number small: what follows a linear layer or a convolution
 * (a residual, a vector, GEGLU) replaces it by an operation that does both, and the one that is left without a reader is
 * never executed; and a reshape between two of them is looked through, since they don't care how rows are numbered.
 */
final class FusedFormulation implements Formulation {

    private static final double CLIP_GELU = 1.702;

    /**
     * An array as an operation reads it.
     *
     * @param value the array
     * @param rank how many dimensions it is written with: 2, 3 or 4
     */
    record Operand(SDVariable value, int rank) {}

    /** What an operation of ours gives. */
    private record Made(FusedOp op, int rank, int channels) {}

    private final SameDiff graph;
    private final Formulation plain;
    private final Map<DifferentialFunction, Made> made = new IdentityHashMap<>();

    FusedFormulation(SameDiff graph, Formulation plain) {
        this.graph = graph;
        this.plain = plain;
    }

    /** Looks through reshapes that only renumber rows. */
    private Operand operand(SDVariable value, int rank, int channels) {
        SDVariable source = value;
        DifferentialFunction producer = graph.getVariableOutputOp(source.name());
        while (producer instanceof Reshape) {
            source = producer.arg(0);
            producer = graph.getVariableOutputOp(source.name());
        }
        Made known = made.get(producer);
        if (known != null && known.channels() == channels) {
            return new Operand(source, known.rank());
        }
        long[] shape = source.isPlaceHolder() ? source.getShape() : new long[0];
        boolean fits = shape.length >= 2 && shape.length <= 4 && shape[shape.length - 1] == channels;
        return fits ? new Operand(source, shape.length) : new Operand(value, rank);
    }

    Operand rows(Tokens x) {
        return operand(x.rows(), 2, x.channels());
    }

    private Operand pixels(FeatureMap x) {
        return operand(x.value(), 4, x.channels());
    }

    /** Adds an operation whose single result has some rank and channels. */
    Operand add(Kernel kernel, int rank, int channels, List<SDVariable> inputs) {
        FusedOp op = FusedOp.in(graph, kernel, inputs.toArray(SDVariable[]::new));
        SDVariable result = op.outputVariable();
        made.put(op, new Made(op, rank, channels));
        return new Operand(result, rank);
    }

    /** Tokens as the vocabulary promises them, in two dimensions. */
    Tokens asRows(Tokens like, Operand y, int channels) {
        return like.with(y.rank() == 2 ? y.value() : y.value().reshape(-1, channels), channels);
    }

    /** A map as the vocabulary promises it, in four dimensions. */
    private static FeatureMap asMap(Operand y, int height, int width, int channels) {
        SDVariable map = y.rank() == 4 ? y.value() : y.value().reshape(-1, height, width, channels);
        return new FeatureMap(map, height, width, channels);
    }

    /** What made an array, if it was one of our operations. */
    private @Nullable Made producer(Operand operand) {
        return made.get(graph.getVariableOutputOp(operand.value().name()));
    }

    private static boolean isConstant(SDVariable weights) {
        return weights.getVariableType() == VariableType.CONSTANT;
    }

    @Override
    public Tokens linear(Tokens x, SDVariable weight, @Nullable SDVariable bias, int out) {
        Operand operand = rows(x);
        List<SDVariable> inputs = new ArrayList<>(List.of(operand.value(), weight));
        if (bias != null) {
            inputs.add(bias);
        }
        Kernel kernel = new Linear(bias != null, false, isConstant(weight));
        return asRows(x, add(kernel, operand.rank(), out, inputs), out);
    }

    @Override
    public FeatureMap conv2d(FeatureMap x, SDVariable kernel, SDVariable bias, int out, Conv2d.Geometry geometry) {
        Operand operand = pixels(x);
        var convolution = new Convolution(
                x.height(),
                x.width(),
                geometry.stride(),
                geometry.before(),
                geometry.after(),
                operand.rank(),
                false,
                false,
                isConstant(kernel));
        Operand y = add(convolution, 4, out, List.of(operand.value(), kernel, bias));
        return asMap(y, geometry.output(x.height()), geometry.output(x.width()), out);
    }

    @Override
    public FeatureMap groupNorm(
            FeatureMap x, SDVariable weight, SDVariable bias, int groups, double eps, boolean silu) {
        Operand operand = pixels(x);
        Kernel kernel = new GroupNormalization((long) x.height() * x.width(), groups, eps, silu);
        Operand y = add(kernel, operand.rank(), x.channels(), List.of(operand.value(), weight, bias));
        return asMap(y, x.height(), x.width(), x.channels());
    }

    @Override
    public Tokens layerNorm(Tokens x, SDVariable weight, SDVariable bias, double eps) {
        Operand operand = rows(x);
        List<SDVariable> inputs = List.of(operand.value(), weight, bias);
        return asRows(x, add(new LayerNormalization(eps), operand.rank(), x.channels(), inputs), x.channels());
    }

    @Override
    public SDVariable silu(SDVariable x) {
        return FusedOp.in(graph, new Swish(1), x).outputVariable();
    }

    @Override
    public Tokens quickGelu(Tokens x) {
        Operand operand = rows(x);
        Operand y = add(new Swish(CLIP_GELU), operand.rank(), x.channels(), List.of(operand.value()));
        return asRows(x, y, x.channels());
    }

    @Override
    public Tokens geGlu(Tokens x) {
        Made linear = producer(rows(x));
        if (linear == null || !(linear.op().kernel() instanceof Linear kernel) || !kernel.bias() || kernel.residual()) {
            return plain.geGlu(x); // in no model of the family
        }
        int channels = x.channels() / 2;
        List<SDVariable> inputs = Arrays.asList(linear.op().args());
        return asRows(x, add(new GeGlu(kernel.constant()), linear.rank(), channels, inputs), channels);
    }

    @Override
    public Tokens attention(Scope scope, Tokens query, Tokens key, Tokens value, int heads, AttentionPorts ports) {
        return new FusedAttention(this, scope, heads, ports).apply(query, key, value);
    }

    @Override
    public FeatureMap upsampleNearest(FeatureMap x, int height, int width) {
        Operand operand = pixels(x);
        Kernel kernel = new Upsampling(x.height(), x.width(), height, width, operand.rank());
        return asMap(add(kernel, 4, x.channels(), List.of(operand.value())), height, width, x.channels());
    }

    @Override
    public FeatureMap concat(FeatureMap a, FeatureMap b) {
        Operand first = pixels(a);
        Operand second = pixels(b);
        int channels = a.channels() + b.channels();
        Kernel kernel =
                new Concatenation(a.height(), a.width(), a.channels(), b.channels(), first.rank(), second.rank());
        return asMap(add(kernel, 4, channels, List.of(first.value(), second.value())), a.height(), a.width(), channels);
    }

    @Override
    public FeatureMap addPerPicture(FeatureMap x, Tokens vector) {
        Made convolution = producer(pixels(x));
        if (convolution == null
                || !(convolution.op().kernel() instanceof Convolution kernel)
                || kernel.vector()
                || kernel.residual()) {
            return plain.addPerPicture(x, vector);
        }
        List<SDVariable> inputs = new ArrayList<>(Arrays.asList(convolution.op().args()));
        inputs.add(vector.rows());
        return x.with(add(kernel.withVector(), 4, x.channels(), inputs).value());
    }

    @Override
    public Tokens plus(Tokens a, Tokens b) {
        Operand sum = plus(rows(a), rows(b), a.channels());
        return sum == null ? a.plus(b) : asRows(a, sum, a.channels());
    }

    @Override
    public FeatureMap plus(FeatureMap a, FeatureMap b) {
        Operand sum = plus(pixels(a), pixels(b), a.channels());
        return sum == null ? a.plus(b) : asMap(sum, a.height(), a.width(), a.channels());
    }

    /** The sum as a residual of the operation that gives one of them; null if neither can take one. */
    private @Nullable Operand plus(Operand a, Operand b, int channels) {
        Operand intoA = withResidual(a, b, channels);
        return intoA != null ? intoA : withResidual(b, a, channels);
    }

    private @Nullable Operand withResidual(Operand sum, Operand other, int channels) {
        Made producer = producer(sum);
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
            return add(new Linear(linear.bias(), true, linear.constant()), producer.rank(), channels, inputs);
        }
        if (kernel instanceof Convolution convolution && !convolution.residual()) {
            return add(convolution.withResidual(), producer.rank(), channels, inputs);
        }
        return null;
    }

    private static boolean hasResidual(Kernel kernel) {
        return (kernel instanceof Linear linear && linear.residual())
                || (kernel instanceof Convolution convolution && convolution.residual());
    }

    /** A low-rank addition is a residual too: what comes on top of both is added to it first. */
    private @Nullable Operand onTopOfResidual(Made producer, Operand other, int channels) {
        SDVariable[] inputs = producer.op().args().clone();
        int last = inputs.length - 1;
        Operand residual = withResidual(new Operand(inputs[last], producer.rank()), other, channels);
        if (residual == null) {
            return null;
        }
        inputs[last] = residual.value();
        return add(producer.op().kernel(), producer.rank(), channels, List.of(inputs));
    }
}
