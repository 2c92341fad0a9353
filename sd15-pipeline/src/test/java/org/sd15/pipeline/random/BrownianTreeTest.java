package org.sd15.pipeline.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Against torchsde 0.2.6: the last four values of {@code BrownianInterval(t0=0.0291675, t1=14.6146469, size=(1, n),
 * entropy=seed, tol=1e-6, pool_size=24, halfway_tree=True)(from, to)}.
 */
class BrownianTreeTest {

    private static final double START = 0.0291675;
    private static final double END = 14.6146469;

    @Test
    void hasTheIncrementsOfTorchsde() {
        BrownianTree tree = new BrownianTree(5, START, END, 1, 4);
        assertThat(last(tree, START, END)).containsExactly(4.194106f, 1.7581693f, -1.0692626f, 0.8758214f);
        assertThat(last(tree, 6.5, END)).containsExactly(0.45830786f, -1.8073817f, 0.37424004f, -2.7267253f);
        assertThat(last(tree, 6.5, 8.25)).containsExactly(-1.0796107f, -0.5023049f, 0.35976413f, -2.0143692f);
        assertThat(last(tree, 0.1234567, 0.1234599))
                .containsExactly(-0.0027510328f, -0.00022228039f, -0.0025008032f, -0.0007363221f);
    }

    /** A seed of more than 32 bits, and vectors that torch draws in blocks; a time before the start is the start. */
    @Test
    void hasThemForLongSeedsAndVectors() {
        BrownianTree tree = new BrownianTree((1L << 40) + 7, START, END, 1, 20);
        assertThat(last(tree, 6.5, END)).containsExactly(-0.5016115f, 2.6705923f, 2.9676332f, -4.682199f);
        assertThat(last(tree, 0, 0.5)).containsExactly(0.5417938f, 0.014593844f, -0.3444957f, 0.4052854f);
    }

    @Test
    void anIncrementIsTheSumOfItsPartsWhateverWasAskedBefore() {
        BrownianTree tree = new BrownianTree(9, 0, 10, 3);
        for (double middle = 1; middle < 9; middle += 0.37) {
            float[] whole = last(new BrownianTree(9, 0, 10, 3), 0.5, 9.5);
            float[] first = last(tree, 0.5, middle);
            float[] second = last(tree, middle, 9.5);
            for (int i = 0; i < whole.length; i++) {
                assertThat(first[i] + second[i]).isCloseTo(whole[i], within(3e-6f));
            }
        }
    }

    @Test
    void refusesATimeThatEndsBeforeItBegins() {
        assertThatThrownBy(() -> new BrownianTree(1, 2, 2, 4)).hasMessageStartingWith("time from 2.0 to 2.0");
    }

    private static float[] last(BrownianTree tree, double from, double to) {
        float[] values = tree.increment(from, to).data().asFloat();
        return Arrays.copyOfRange(values, Math.max(0, values.length - 4), values.length);
    }
}
