package org.sd15.pipeline.heatmap;

import org.sd15.pipeline.words.AttentionMap;
import org.sd15.pipeline.words.WordsByStep;

/**
 * The attention of a step to each token, among the tokens of all steps.
 *
 * @param map of the step
 * @param tokens of all steps
 */
record TokenAttention(AttentionMap map, int tokens) {

    /** {@code [heads, tokens, queries]}; nothing for tokens that the prompt does not say at this step. */
    double[] among(WordsByStep prompt, int step) {
        if (prompt.at(step).equals(prompt.all())) {
            return values();
        }
        int queries = map.site().queries();
        double[] own = values();
        int[] positions = prompt.positions(step);
        double[] all = new double[map.site().heads() * tokens * queries];
        for (int head = 0; head < map.site().heads(); head++) {
            for (int token = 0; token < positions.length; token++) {
                if (positions[token] >= 0) {
                    int from = (head * map.tokens() + token) * queries;
                    System.arraycopy(own, from, all, (head * tokens + positions[token]) * queries, queries);
                }
            }
        }
        return all;
    }

    private double[] values() {
        int queries = map.site().queries();
        double[] values = new double[map.site().heads() * map.tokens() * queries];
        for (int i = 0; i < values.length; i++) {
            int query = i % queries;
            int token = i / queries % map.tokens();
            values[i] = map.probability(i / queries / map.tokens(), query, token);
        }
        return values;
    }
}
