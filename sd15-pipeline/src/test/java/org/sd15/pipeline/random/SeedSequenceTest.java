package org.sd15.pipeline.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Against {@code numpy.random.SeedSequence(entropy, spawn_key=key, pool_size=24).generate_state(4)} of NumPy 2.4.6. */
class SeedSequenceTest {

    @Test
    void hashesAsNumPy() {
        assertThat(state(5)).containsExactly(3154616629L, 1086096781L, 1700057493L, 3338405053L);
        assertThat(state(5, 3, 2)).containsExactly(432122160L, 857451279L, 845070096L, 3996557897L);
        assertThat(state((1L << 40) + 7, 0, 0)).containsExactly(3031313268L, 2012473695L, 896754726L, 2074090949L);
        assertThat(state(Long.MAX_VALUE - 1, 1, 1)).containsExactly(1133309368L, 3370599239L, 1158027354L, 968562497L);
    }

    @Test
    void refusesANegativeNumber() {
        assertThatThrownBy(() -> new SeedSequence(-1, 24)).hasMessage("entropy is -1, must be 0 or more");
    }

    private static long[] state(long entropy, int... key) {
        return Arrays.stream(new SeedSequence(entropy, 24, key).state(4))
                .mapToLong(Integer::toUnsignedLong)
                .toArray();
    }
}
