package org.sd15.attention.graph;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The vocabulary without arithmetic: each word tells how large its result is and gives an array that it was given. A block
 * that is written with it declares its parameters and adds next to nothing to the graph.
 */
final class Outline implements Formulation {

    @Override
    public Tokens linear(Tokens x, SDVariable weight, @Nullable SDVariable bias, int out) {
        return x.with(x.rows(), out);
    }

    @Override
    public FeatureMap conv2d(FeatureMap x, SDVariable kernel, SDVariable bias, int out, Conv2d.Geometry geometry) {
        return new FeatureMap(x.value(), geometry.output(x.height()), geometry.output(x.width()), out);
    }

    @Override
    public FeatureMap groupNorm(
            FeatureMap x, SDVariable weight, SDVariable bias, int groups, double eps, boolean silu) {
        return x;
    }

    @Override
    public Tokens layerNorm(Tokens x, SDVariable weight, SDVariable bias, double eps) {
        return x;
    }

    @Override
    public SDVariable silu(SDVariable x) {
        return x;
    }

    @Override
    public Tokens quickGelu(Tokens x) {
        return x;
    }

    @Override
    public Tokens geGlu(Tokens x) {
        return x.with(x.rows(), x.channels() / 2);
    }

    @Override
    public Tokens attention(Scope scope, Tokens query, Tokens key, Tokens value, int heads, AttentionPorts ports) {
        return query.with(query.rows(), value.channels());
    }

    @Override
    public FeatureMap upsampleNearest(FeatureMap x, int height, int width) {
        return new FeatureMap(x.value(), height, width, x.channels());
    }

    @Override
    public FeatureMap concat(FeatureMap a, FeatureMap b) {
        return new FeatureMap(a.value(), a.height(), a.width(), a.channels() + b.channels());
    }

    @Override
    public Tokens plus(Tokens a, Tokens b) {
        return a;
    }

    @Override
    public FeatureMap plus(FeatureMap a, FeatureMap b) {
        return a;
    }

    @Override
    public FeatureMap addPerPicture(FeatureMap x, Tokens vector) {
        return x;
    }
}
