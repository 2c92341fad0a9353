package org.sd15.benchmark.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against SciPy 1.17.1 and statsmodels 0.15.0; the recipe is {@code tools/reference/paired_tests.py}. */
class StatisticsTest {

    @ParameterizedTest
    @CsvSource({
        "48, 60, 0.682181941943721, 0.881714946771025",
        "43, 60, 0.592327148356088, 0.814931715715673",
        "0, 12, 0, 0.242494006655241",
        "12, 12, 0.757505993344759, 1",
        "1, 3, 0.061491944720396, 0.792340399197952"
    })
    void wilsonsIntervalIsThatOfStatsmodels(int successes, int count, double low, double high) {
        Interval interval = Interval.wilson(successes, count);
        assertThat(interval.low()).isCloseTo(low, within(1e-14));
        assertThat(interval.high()).isCloseTo(high, within(1e-14));
    }

    @Test
    void whatIsNoShareHasNoInterval() {
        assertThatThrownBy(() -> Interval.wilson(4, 3)).hasMessage("no share: 4 of 3");
        assertThatThrownBy(() -> Interval.wilson(0, 0)).hasMessage("no share: 0 of 0");
        assertThatThrownBy(() -> Interval.wilson(-1, 3)).hasMessage("no share: -1 of 3");
        assertThatThrownBy(Interval::bootstrap).hasMessage("no mean of no values");
    }

    /** All 256 samples of four values have these quantiles. */
    @Test
    void theBootstrapFindsTheQuantilesOfAllSamples() {
        assertThat(Interval.bootstrap(1, 2.5, 4, 9)).isEqualTo(new Interval(1.75, 7.375));
        assertThat(Interval.bootstrap(3, 3, 3)).isEqualTo(new Interval(3, 3));
    }

    @ParameterizedTest
    @CsvSource({
        "9, 4, 0.266845703125",
        "16, 0, 3.0517578125e-05",
        "3, 3, 1",
        "0, 0, 1",
        "1, 7, 0.0703125",
        "30, 12, 0.00791589733489673"
    })
    void mcNemarsTestIsThatOfStatsmodels(int first, int second, double p) {
        assertThat(PairedTest.mcNemar(first, second)).isCloseTo(p, within(1e-15));
    }

    @Test
    void wilcoxonsTestIsThatOfScipy() {
        double[] untied = IntStream.range(0, 20)
                .mapToDouble(i -> (i * i % 7 % 2 == 0 ? 1 : -1) * Math.pow(i + 0.5, 1.5) + 9)
                .toArray();
        assertThat(PairedTest.signedRank(untied)).isCloseTo(0.00558090209960938, within(1e-15));
        double[] large = IntStream.range(0, 50)
                .mapToDouble(i -> (i * i % 5 % 2 == 0 ? 1 : -1) * Math.pow(i + 0.5, 1.5) + 40)
                .toArray();
        assertThat(PairedTest.signedRank(large)).isCloseTo(0.010879562807693, within(1e-15));
    }

    /** SciPy's ranks, all signs one by one. */
    @Test
    void zerosAreLeftOutAndTiesShareTheirRanks() {
        assertThat(PairedTest.signedRank(1, -1, 2, 2, 0, 3, -2, 5, 5, 1, 4, 0, 3))
                .isEqualTo(0.01953125);
        assertThat(PairedTest.signedRank(0, 0)).isEqualTo(1);
        assertThat(PairedTest.signedRank(-3)).isEqualTo(1);
    }

    @Test
    void holmsCorrectionIsThatOfStatsmodels() {
        List<Double> corrected = PairedTest.holm(List.of(0.01, 0.04, 0.03, 0.005, 0.5, 0.2));
        double[] wanted = {0.05, 0.12, 0.12, 0.03, 0.5, 0.4};
        assertThat(corrected).hasSize(wanted.length);
        for (int i = 0; i < wanted.length; i++) {
            assertThat(corrected.get(i)).isCloseTo(wanted[i], within(1e-15));
        }
        assertThat(PairedTest.holm(List.of(0.9, 0.8))).containsExactly(1.0, 1.0);
    }
}
