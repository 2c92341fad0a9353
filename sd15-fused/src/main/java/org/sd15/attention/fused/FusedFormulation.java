package org.sd15.attention.fused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.sd15.attention.fused.FusedGraph.FusedOutput;
import org.sd15.attention.fused.FusedGraph.Operand;
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

    private final SameDiff graph;
    private final Formulation plain;
    private final FusedGraph fused;
    private final Residuals residuals;

    FusedFormulation(SameDiff graph, Formulation plain) {
        this.graph = graph;
        this.plain = plain;
        this.fused = new FusedGraph(graph);
        this.residuals = new Residuals(fused);
    }

    private static boolean isConstant(SDVariable weights) {
        return weights.getVariableType() == VariableType.CONSTANT;
    }

    @Override
    public Tokens linear(Tokens x, SDVariable weight, @Nullable SDVariable bias, int out) {
        Operand operand = fused.rows(x);
        List<SDVariable> inputs = new ArrayList<>(List.of(operand.value(), weight));
        if (bias != null) {
            inputs.add(bias);
        }
        Kernel kernel = new Linear(bias != null, false, isConstant(weight));
        return fused.asRows(x, fused.add(kernel, operand.rank(), out, inputs), out);
    }

    @Override
    public FeatureMap conv2d(FeatureMap x, SDVariable kernel, SDVariable bias, int out, Conv2d.Geometry geometry) {
        Operand operand = fused.pixels(x);
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
        Operand y = fused.add(convolution, 4, out, List.of(operand.value(), kernel, bias));
        return FusedGraph.asMap(y, geometry.output(x.height()), geometry.output(x.width()), out);
    }

    @Override
    public FeatureMap groupNorm(
            FeatureMap x, SDVariable weight, SDVariable bias, int groups, double eps, boolean silu) {
        Operand operand = fused.pixels(x);
        Kernel kernel = new GroupNormalization((long) x.height() * x.width(), groups, eps, silu);
        Operand y = fused.add(kernel, operand.rank(), x.channels(), List.of(operand.value(), weight, bias));
        return FusedGraph.asMap(y, x.height(), x.width(), x.channels());
    }

    @Override
    public Tokens layerNorm(Tokens x, SDVariable weight, SDVariable bias, double eps) {
        Operand operand = fused.rows(x);
        List<SDVariable> inputs = List.of(operand.value(), weight, bias);
        return fused.asRows(
                x, fused.add(new LayerNormalization(eps), operand.rank(), x.channels(), inputs), x.channels());
    }

    @Override
    public SDVariable silu(SDVariable x) {
        return FusedOp.in(graph, new Swish(1), x).outputVariable();
    }

    @Override
    public Tokens quickGelu(Tokens x) {
        Operand operand = fused.rows(x);
        Operand y = fused.add(new Swish(CLIP_GELU), operand.rank(), x.channels(), List.of(operand.value()));
        return fused.asRows(x, y, x.channels());
    }

    @Override
    public Tokens geGlu(Tokens x) {
        FusedOutput linear = fused.producer(fused.rows(x));
        if (linear == null || !(linear.op().kernel() instanceof Linear kernel) || !kernel.bias() || kernel.residual()) {
            return plain.geGlu(x); // in no model of the family
        }
        int channels = x.channels() / 2;
        List<SDVariable> inputs = Arrays.asList(linear.op().args());
        return fused.asRows(x, fused.add(new GeGlu(kernel.constant()), linear.rank(), channels, inputs), channels);
    }

    @Override
    public Tokens attention(Scope scope, Tokens query, Tokens key, Tokens value, int heads, AttentionPorts ports) {
        return query.isOfAnyLength() || key.isOfAnyLength()
                ? plain.attention(scope, query, key, value, heads, ports)
                : new FusedAttention(fused, scope, heads, ports).apply(query, key, value);
    }

    @Override
    public FeatureMap upsampleNearest(FeatureMap x, int height, int width) {
        Operand operand = fused.pixels(x);
        Kernel kernel = new Upsampling(x.height(), x.width(), height, width, operand.rank());
        return FusedGraph.asMap(
                fused.add(kernel, 4, x.channels(), List.of(operand.value())), height, width, x.channels());
    }

    @Override
    public FeatureMap concat(FeatureMap a, FeatureMap b) {
        Operand first = fused.pixels(a);
        Operand second = fused.pixels(b);
        int channels = a.channels() + b.channels();
        Kernel kernel =
                new Concatenation(a.height(), a.width(), a.channels(), b.channels(), first.rank(), second.rank());
        return FusedGraph.asMap(
                fused.add(kernel, 4, channels, List.of(first.value(), second.value())),
                a.height(),
                a.width(),
                channels);
    }

    @Override
    public FeatureMap addPerPicture(FeatureMap x, Tokens vector) {
        FusedOutput convolution = fused.producer(fused.pixels(x));
        if (convolution == null
                || !(convolution.op().kernel() instanceof Convolution kernel)
                || kernel.vector()
                || kernel.residual()) {
            return plain.addPerPicture(x, vector);
        }
        List<SDVariable> inputs = new ArrayList<>(Arrays.asList(convolution.op().args()));
        inputs.add(vector.rows());
        return x.with(fused.add(kernel.withVector(), 4, x.channels(), inputs).value());
    }

    @Override
    public Tokens plus(Tokens a, Tokens b) {
        Operand sum = residuals.plus(fused.rows(a), fused.rows(b), a.channels());
        return sum == null ? a.plus(b) : fused.asRows(a, sum, a.channels());
    }

    @Override
    public FeatureMap plus(FeatureMap a, FeatureMap b) {
        Operand sum = residuals.plus(fused.pixels(a), fused.pixels(b), a.channels());
        return sum == null ? a.plus(b) : FusedGraph.asMap(sum, a.height(), a.width(), a.channels());
    }
}
