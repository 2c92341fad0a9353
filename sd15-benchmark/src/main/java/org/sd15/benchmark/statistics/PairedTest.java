package org.sd15.benchmark.statistics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Tests of whether two methods differ, on the same cases. All are two-sided and exact: no distribution is approximated. */
public final class PairedTest {

    private PairedTest() {}

    /**
     * McNemar's test of two shares: of the cases in which only one of the two succeeded, does one have more than a fair coin
     * would give it?
     *
     * @param onlyFirst cases in which only the first succeeded
     * @param onlySecond cases in which only the second did
     * @return p; 1 without any such case
     */
    public static double mcNemar(int onlyFirst, int onlySecond) {
        int count = onlyFirst + onlySecond;
        double way = Math.pow(2, -count); // of 0 of them; then of 1, 2...
        double tail = 0;
        for (int i = 0; i <= Math.min(onlyFirst, onlySecond); i++) {
            tail += way;
            way *= (double) (count - i) / (i + 1);
        }
        return Math.min(1, 2 * tail);
    }

    /**
     * Wilcoxon's signed-rank test: are differences about zero? Zeros are left out, differences of one size share their ranks,
     * and the distribution is that of all signs of these very ranks.
     *
     * @return p; 1 if nothing differs
     */
    public static double signedRank(double... differences) {
        double[] sizes =
                Arrays.stream(differences).filter(difference -> difference != 0).toArray();
        int[] order = IntStream.range(0, sizes.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> Math.abs(sizes[i])))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ranks = new int[sizes.length]; // twice the rank, so that shared ones are whole
        for (int from = 0; from < order.length; ) {
            int to = from;
            while (to < order.length && Math.abs(sizes[order[to]]) == Math.abs(sizes[order[from]])) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = from + to + 1;
            }
            from = to;
        }
        int positive = IntStream.range(0, ranks.length)
                .filter(i -> sizes[i] > 0)
                .map(i -> ranks[i])
                .sum();
        int all = Arrays.stream(ranks).sum();
        return Math.min(1, 2 * atMost(Math.min(positive, all - positive), ranks));
    }

    /** How likely a sum of ranks is, or a smaller one, if each counts or not as a fair coin falls. */
    private static double atMost(int sum, int[] ranks) {
        double[] likely = new double[Arrays.stream(ranks).sum() + 1];
        likely[0] = 1;
        for (int rank : ranks) {
            for (int i = likely.length - 1; i >= 0; i--) {
                likely[i] = (likely[i] + (i >= rank ? likely[i - rank] : 0)) / 2;
            }
        }
        return Arrays.stream(likely, 0, sum + 1).sum();
    }

    /**
     * Holm's correction of several tests: the chance to call any difference real that is none stays below the level that the
     * returned values are held against.
     *
     * @return one a p, in their order
     * @see "S. Holm: A simple sequentially rejective multiple test procedure, 1979"
     */
    public static List<Double> holm(List<Double> tests) {
        Double[] corrected = new Double[tests.size()];
        int[] order = IntStream.range(0, tests.size())
                .boxed()
                .sorted(Comparator.comparingDouble(tests::get))
                .mapToInt(Integer::intValue)
                .toArray();
        double largest = 0;
        for (int i = 0; i < order.length; i++) {
            largest = Math.max(largest, Math.min(1, (order.length - i) * tests.get(order[i])));
            corrected[order[i]] = largest;
        }
        return List.of(corrected);
    }
}
