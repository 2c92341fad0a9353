package org.sd15.attention.graph;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The vocabulary in plain ND4J operations: runs on every backend. Where an operation of ND4J would be the obvious one and
 * is not used, it is because of a defect that {@code Nd4jGradientDefectsTest} or {@code Nd4jValueDefectsTest} shows.
 */
final class NativeFormulation implements Formulation {

    private static final double CLIP_GELU = 1.702;

    private final SameDiff graph;

    NativeFormulation(SameDiff graph) {
        this.graph = graph;
    }

    @Override
    public Tokens linear(Tokens x, SDVariable weight, @Nullable SDVariable bias, int out) {
        SDVariable y = graph.mmul(x.rows(), weight, false, true, false);
        return x.with(bias == null ? y : y.add(bias), out);
    }

    @Override
    public FeatureMap conv2d(FeatureMap x, SDVariable kernel, SDVariable bias, int out, Conv2d.Geometry geometry) {
        boolean symmetric = geometry.before() == geometry.after();
        SDVariable padded = symmetric ? x.value() : padAround(x.value(), geometry);
        int padding = symmetric ? geometry.before() : 0;
        var config = Conv2DConfig.builder()
                .kH(geometry.size())
                .kW(geometry.size())
                .sH(geometry.stride())
                .sW(geometry.stride())
                .pH(padding)
                .pW(padding)
                .paddingMode(PaddingMode.VALID)
                .dataFormat(Conv2DConfig.NHWC)
                .build();
        SDVariable y = graph.cnn.conv2d(padded, kernel, bias, config);
        return new FeatureMap(y, geometry.output(x.height()), geometry.output(x.width()), out);
    }

    private SDVariable padAround(SDVariable x, Conv2d.Geometry geometry) {
        int[] side = {geometry.before(), geometry.after()};
        SDVariable padding = graph.constant(Nd4j.createFromArray(new int[][] {{0, 0}, side, side, {0, 0}}));
        return graph.nn.pad(x, padding, PadMode.CONSTANT, 0.0);
    }

    @Override
    public FeatureMap groupNorm(
            FeatureMap x, SDVariable weight, SDVariable bias, int groups, double eps, boolean silu) {
        int channels = x.channels();
        SDVariable centred = x.value().sub(perPixel(groupMean(x.value(), channels, groups), channels));
        SDVariable variance = groupMean(graph.math.square(centred), channels, groups);
        SDVariable scale = graph.math.rsqrt(variance.add(eps)).mul(weight); // [batch, channels]
        SDVariable y = centred.mul(perPixel(scale, channels)).add(bias);
        return x.with(silu ? silu(y) : y);
    }

    /**
     * The mean of each group, once for each of its channels: {@code [batch, channels]}. Rows first, then columns, then
     * groups by two small products: one long sum in float32 would lose two digits.
     */
    private SDVariable groupMean(SDVariable x, int channels, int groups) {
        SDVariable pixels = x.mean(false, 2).mean(false, 1); // [batch, channels]
        int width = channels / groups;
        var membership = Nd4j.create(x.dataType(), channels, groups);
        for (int channel = 0; channel < channels; channel++) {
            membership.putScalar(channel, channel / width, 1.0);
        }
        SDVariable spread = graph.constant(membership);
        return graph.mmul(graph.mmul(pixels, spread).mul(1.0 / width), spread, false, true, false);
    }

    private static SDVariable perPixel(SDVariable vector, int channels) {
        return vector.reshape(-1, 1, 1, channels);
    }

    @Override
    public Tokens layerNorm(Tokens x, SDVariable weight, SDVariable bias, double eps) {
        SDVariable centred = x.rows().sub(x.rows().mean(true, 1));
        SDVariable variance = graph.math.square(centred).mean(true, 1); // [batch * tokens, 1]
        SDVariable normal = centred.mul(graph.math.rsqrt(variance.add(eps)));
        return x.with(normal.mul(weight).add(bias), x.channels());
    }

    @Override
    public SDVariable silu(SDVariable x) {
        return graph.nn.swish(x);
    }

    @Override
    public Tokens quickGelu(Tokens x) {
        return x.map(rows -> rows.mul(graph.nn.sigmoid(rows.mul(CLIP_GELU))));
    }

    @Override
    public Tokens geGlu(Tokens x) {
        SDVariable[] halves = graph.split(x.rows(), 2, 1);
        SDVariable gate = halves[1];
        SDVariable gelu = gate.mul(graph.math.erf(gate.mul(Math.sqrt(0.5))).add(1.0));
        return x.with(halves[0].mul(gelu).mul(0.5), x.channels() / 2);
    }

    @Override
    public Tokens attention(Scope scope, Tokens query, Tokens key, Tokens value, int heads, AttentionPorts ports) {
        return new NativeAttention(scope, heads, ports).apply(query, key, value);
    }

    @Override
    public FeatureMap upsampleNearest(FeatureMap x, int height, int width) {
        int h = x.height();
        int w = x.width();
        int c = x.channels();
        SDVariable pixel = x.value().reshape(-1, h, w, 1, c);
        SDVariable row = graph.concat(3, pixel, pixel).reshape(-1, h, 1, 2 * w, c); // each pixel twice
        SDVariable doubled = graph.concat(2, row, row).reshape(-1, 2 * h, 2 * w, c); // each row twice
        boolean exact = height == 2 * h && width == 2 * w;
        SDVariable y = exact
                ? doubled
                : doubled.get(SDIndex.all(), SDIndex.interval(0, height), SDIndex.interval(0, width), SDIndex.all());
        return new FeatureMap(y, height, width, c);
    }

    @Override
    public FeatureMap concat(FeatureMap a, FeatureMap b) {
        return new FeatureMap(
                graph.concat(3, a.value(), b.value()), a.height(), a.width(), a.channels() + b.channels());
    }

    @Override
    public Tokens plus(Tokens a, Tokens b) {
        return a.plus(b);
    }

    @Override
    public FeatureMap plus(FeatureMap a, FeatureMap b) {
        return a.plus(b);
    }

    @Override
    public FeatureMap addPerPicture(FeatureMap x, Tokens vector) {
        return x.with(x.value().add(perPixel(vector.rows(), x.channels())));
    }
}
