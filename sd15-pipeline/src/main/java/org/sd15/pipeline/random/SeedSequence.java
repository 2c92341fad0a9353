package org.sd15.pipeline.random;

import java.util.stream.IntStream;

/**
 * {@code numpy.random.SeedSequence}: a hash of entropy and a key to seeds that have nothing to do with each other.
 *
 * @see <a href="https://github.com/numpy/numpy/blob/v2.4.0/numpy/random/bit_generator.pyx">NumPy, bit_generator.pyx</a>
 */
final class SeedSequence {

    private static final int INIT_A = 0x43b0d7e5;
    private static final int MULT_A = 0x931e8875;
    private static final int INIT_B = 0x8b51f9dd;
    private static final int MULT_B = 0x58f38ded;
    private static final int MIX_LEFT = 0xca01f9dd;
    private static final int MIX_RIGHT = 0x4973f715;
    private static final int SHIFT = 16;

    private final int[] pool;
    private int constant = INIT_A;

    /**
     * Mixes a pool.
     *
     * @param entropy a number of 0 or more
     * @param key spawn_key, numbers of 0 or more below 2^32
     */
    SeedSequence(long entropy, int poolSize, int... key) {
        if (entropy < 0) {
            throw new IllegalArgumentException("entropy is %d, must be 0 or more".formatted(entropy));
        }
        pool = new int[poolSize];
        pool[0] = (int) entropy;
        pool[1] = (int) (entropy >>> Integer.SIZE);
        for (int i = 0; i < poolSize; i++) {
            pool[i] = hashed(pool[i]);
        }
        for (int source = 0; source < poolSize; source++) {
            for (int target = 0; target < poolSize; target++) {
                if (source != target) {
                    pool[target] = mixed(pool[target], hashed(pool[source]));
                }
            }
        }
        for (int word : key) {
            for (int target = 0; target < poolSize; target++) {
                pool[target] = mixed(pool[target], hashed(word));
            }
        }
    }

    /** Words of 32 bits, {@code generate_state}, as many as the pool at most. */
    int[] state(int words) {
        int[] constants = new int[words + 1];
        constants[0] = INIT_B;
        for (int i = 0; i < words; i++) {
            constants[i + 1] = constants[i] * MULT_B;
        }
        return IntStream.range(0, words)
                .map(i -> (pool[i] ^ constants[i]) * constants[i + 1])
                .map(word -> word ^ (word >>> SHIFT))
                .toArray();
    }

    private int hashed(int value) {
        int hash = value ^ constant;
        constant *= MULT_A;
        hash *= constant;
        return hash ^ (hash >>> SHIFT);
    }

    private static int mixed(int left, int right) {
        int mix = MIX_LEFT * left - MIX_RIGHT * right;
        return mix ^ (mix >>> SHIFT);
    }
}
