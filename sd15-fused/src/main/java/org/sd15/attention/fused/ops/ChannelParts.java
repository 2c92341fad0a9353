package org.sd15.attention.fused.ops;

import org.jspecify.annotations.Nullable;

/**
 * Input channels in parts, whose results are added in pairs. oneDNN adds up all products of a result one after the other,
 * which loses accuracy with their number.
 *
 * @param count how many, at least two
 * @param width channels of each
 * @see <a href="https://doi.org/10.1137/0914050">Higham, The Accuracy of Floating Point Summation</a>
 */
record ChannelParts(int count, int width) {

    /** Channels that a CPU works on at a time. */
    static final int LANE = 16;

    private static final int MOST = 16;

    /** The smallest parts of some channels, or null if there would be one. */
    static @Nullable ChannelParts of(long channels) {
        long width = LANE;
        while (width < channels && (channels % width != 0 || channels / width > MOST)) {
            width += LANE;
        }
        return width < channels ? new ChannelParts(Math.toIntExact(channels / width), Math.toIntExact(width)) : null;
    }

    /**
     * Adds the results of all parts to the first.
     *
     * @param results of the parts, one after the other
     * @param from the first
     * @param length of each
     */
    void addInPairs(float[] results, int from, int length) {
        for (int left = count; left > 1; left = (left + 1) / 2) {
            int half = (left + 1) / 2 * length;
            for (int i = from; i < from + left * length - half; i++) {
                results[i] += results[i + half];
            }
        }
    }
}
