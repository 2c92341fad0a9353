package org.sd15.attention.dl4j;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.Factor;
import org.sd15.attention.graph.AttentionPorts.LogitBias;

/**
 * Which tokens queries see in a graph: masks and dropout, as ports of the attention.
 *
 * @param allowed 1 where a query may see a token, {@code [1, 1, queries, tokens]}; null if all may see all
 * @param present 1 for a token that is there, {@code [batch, tokens]}; null if all are
 * @param noise what probabilities are multiplied by, {@code [batch, heads, queries, tokens]}; null for one
 */
record Visibility(
        @Nullable SDVariable allowed,
        @Nullable SDVariable present,
        @Nullable SDVariable noise) {

    /** Taken from the score of a token that is not seen; its weight becomes exactly zero. */
    private static final double UNSEEN = 1e9;

    /** Of a layer's own masks, for n queries and tokens. */
    static Visibility of(
            SameDiff graph,
            CrossAttentionConfig config,
            int queries,
            int tokens,
            @Nullable SDVariable present,
            @Nullable SDVariable noise,
            DataType type) {
        INDArray pairs = config.mask() == null ? null : config.mask().array(type);
        if (config.causal()) {
            INDArray past = past(queries, tokens, type);
            pairs = pairs == null ? past : pairs.mul(past);
        }
        SDVariable allowed = pairs == null ? null : graph.constant("allowed", pairs.reshape(1, 1, queries, tokens));
        return new Visibility(allowed, present, noise);
    }

    /** A query sees the tokens up to its own place. */
    private static INDArray past(int queries, int tokens, DataType type) {
        INDArray array = Nd4j.zeros(type, queries, tokens);
        for (int query = 0; query < queries; query++) {
            for (int token = 0; token <= Math.min(query, tokens - 1); token++) {
                array.putScalar(query, token, 1);
            }
        }
        return array;
    }

    /**
     * The ports of the attention. A bias takes the weight of unseen tokens away. Where a query sees none, all keep an equal
     * one, because ND4J's softmax would be NaN; a factor of zeros takes it away there.
     *
     * @param factorNeeded whether values of absent tokens may be other than zero
     */
    AttentionPorts ports(int tokens, boolean factorNeeded) {
        SDVariable there = present == null ? null : present.reshape(-1, 1, 1, tokens);
        SDVariable seen = allowed == null ? there : there == null ? allowed : allowed.mul(there);
        boolean perQuery = allowed != null;
        AttentionPorts ports = seen == null
                ? AttentionPorts.NONE
                : AttentionPorts.biased(
                        new LogitBias.Dense(seen.max(true, 3).sub(seen).mul(-UNSEEN), perQuery));
        SDVariable zeros = perQuery || factorNeeded ? seen : null;
        if (noise == null) {
            return zeros == null ? ports : ports.times(new Factor(zeros, perQuery));
        }
        return ports.times(new Factor(zeros == null ? noise : noise.mul(zeros), true));
    }
}
