package org.sd15.pipeline.random;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A Brownian motion whose every increment follows from a seed, whatever has been asked before: an interval is halved until
 * its parts begin and end where the increment does, and what a half has more than the other is drawn from a generator of
 * its own. {@code torchsde.BrownianInterval} with halfway_tree, a tolerance of 1e-6 and pool_size 24, which is what
 * diffusers takes, bit for bit. Not thread-safe.
 *
 * @see <a href="https://github.com/google-research/torchsde/blob/v0.2.6/torchsde/_brownian/brownian_interval.py">
 *     torchsde, brownian_interval.py</a>
 */
public final class BrownianTree {

    /** Times are rounded to as many decimals. */
    private static final int DECIMALS = 6;

    private static final int POOL_SIZE = 24;

    /** Intervals that are kept, since the next increment is beside the last: two paths from the root. */
    private static final int KEPT = 64;

    private final long entropy;
    private final long[] shape;
    private final Interval root;
    private final float[] whole;

    private final Map<Interval, float[]> leftHalves = new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Interval, float[]> eldest) {
            return size() > KEPT;
        }
    };

    /** A part of the time, by the halvings that lead to it. */
    private record Interval(double start, double end, int path, int depth) {

        double middle() {
            return rounded(0.5 * (end + start));
        }

        Interval left() {
            return new Interval(start, middle(), 2 * path, depth + 1);
        }

        Interval right() {
            return new Interval(middle(), end, 2 * path + 1, depth + 1);
        }
    }

    /**
     * A motion.
     *
     * @param entropy the seed, 0 or more
     * @param start where time begins
     * @param end where it ends, later
     * @param shape of an increment
     */
    public BrownianTree(long entropy, double start, double end, long... shape) {
        if (!(start < end)) {
            throw new IllegalArgumentException("time from %s to %s: must begin before it ends".formatted(start, end));
        }
        this.entropy = entropy;
        this.shape = shape.clone();
        this.root = new Interval(rounded(start), rounded(end), 0, 0);
        this.whole = draw(new SeedSequence(entropy, POOL_SIZE));
        scale(whole, Math.sqrt(end - start));
    }

    /**
     * What the motion does between two times, of variance their distance.
     *
     * @param from a time; one outside is taken for the end that is next to it
     * @param to a later time
     * @return FLOAT, of the shape of this motion, c order
     */
    public INDArray increment(double from, double to) {
        double first = rounded(Math.max(from, root.start));
        double last = rounded(Math.min(to, root.end));
        float[] sum = new float[whole.length];
        if (first < last) {
            add(root, whole, first, last, sum);
        }
        return Nd4j.createFromArray(sum).reshape(shape);
    }

    private void add(Interval interval, float[] increment, double from, double to, float[] sum) {
        if (from == interval.start && to == interval.end) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += increment[i];
            }
            return;
        }
        float[] left = leftHalves.get(interval);
        if (left == null) {
            left = leftHalf(interval, increment);
            leftHalves.put(interval, left);
        }
        double middle = interval.middle();
        if (from < middle) {
            add(interval.left(), left, from, Math.min(to, middle), sum);
        }
        if (to > middle) {
            float[] right = new float[left.length];
            for (int i = 0; i < right.length; i++) {
                right[i] = increment[i] - left[i];
            }
            add(interval.right(), right, Math.max(from, middle), to, sum);
        }
    }

    /** A Brownian bridge at the middle, with torch's roundings. */
    private float[] leftHalf(Interval interval, float[] increment) {
        float[] noise = draw(new SeedSequence(entropy, POOL_SIZE, interval.path, interval.depth));
        double share = 1 / (interval.end - interval.start);
        double before = interval.middle() - interval.start;
        double after = interval.end - interval.middle();
        scale(noise, Math.sqrt(before * after * share));
        for (int i = 0; i < noise.length; i++) {
            noise[i] += (float) before * increment[i] * (float) share;
        }
        return noise;
    }

    private float[] draw(SeedSequence seeds) {
        int count = 1;
        for (long side : shape) {
            count = Math.multiplyExact(count, Math.toIntExact(side));
        }
        return new TorchRandom(Integer.toUnsignedLong(seeds.state(1)[0])).randnFloats(count);
    }

    private static void scale(float[] values, double factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) factor;
        }
    }

    private static double rounded(double time) {
        return new BigDecimal(time).setScale(DECIMALS, RoundingMode.HALF_EVEN).doubleValue();
    }
}
