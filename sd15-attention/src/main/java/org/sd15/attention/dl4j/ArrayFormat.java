package org.sd15.attention.dl4j;

import org.deeplearning4j.nn.conf.RNNFormat;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Tokens;

/** How tokens lie in an array of DL4J. */
enum ArrayFormat {
    /** A feature map, {@code [batch, channels, height, width]}: its pixels are the tokens. */
    NCHW(1),
    /** A sequence, {@code [batch, channels, tokens]}. */
    NCW(1),
    /** A sequence, {@code [batch, tokens, channels]}. */
    NWC(2);

    private final int channelAxis;

    ArrayFormat(int channelAxis) {
        this.channelAxis = channelAxis;
    }

    static ArrayFormat of(RNNFormat sequences) {
        return sequences == RNNFormat.NCW ? NCW : NWC;
    }

    long channels(long[] shape) {
        return shape[channelAxis];
    }

    int tokens(long[] shape) {
        return Math.toIntExact(
                switch (this) {
                    case NCHW -> shape[2] * shape[3];
                    case NCW -> shape[2];
                    case NWC -> shape[1];
                });
    }

    /** The tokens of an array whose dimensions, but for the batch, are known. */
    Tokens toTokens(SDVariable array) {
        long[] shape = array.getShape();
        int channels = Math.toIntExact(channels(shape));
        return switch (this) {
            case NCHW ->
                FeatureMap.ofNchw(array, channels, (int) shape[2], (int) shape[3])
                        .tokens();
            case NCW -> Tokens.of(array.permute(0, 2, 1), tokens(shape), channels);
            case NWC -> Tokens.of(array, tokens(shape), channels);
        };
    }

    /** The array of tokens, shaped like another of this format. */
    SDVariable toArray(Tokens tokens, SDVariable like) {
        long[] shape = like.getShape();
        return switch (this) {
            case NCHW -> tokens.image((int) shape[2], (int) shape[3]).nchw();
            case NCW -> tokens.array().permute(0, 2, 1);
            case NWC -> tokens.array();
        };
    }
}
