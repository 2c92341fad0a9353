package org.sd15.pipeline.random;

import java.util.Arrays;
import java.util.List;

/**
 * The 32-bit Mersenne Twister, mt19937, with the standard initialisation.
 *
 * <p>M. Matsumoto, T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number
 * generator", ACM TOMACS 8 (1998).
 */
final class MersenneTwister {

    /** The number of 32-bit words of the state. */
    static final int SIZE = 624;

    private static final int SHIFT = 397;
    private static final int UPPER_BIT = 0x80000000;
    private static final int TWIST = 0x9908B0DF;

    private final int[] words;
    private int position;

    MersenneTwister(int seed) {
        words = new int[SIZE];
        words[0] = seed;
        for (int i = 1; i < SIZE; i++) {
            words[i] = 1812433253 * (words[i - 1] ^ (words[i - 1] >>> 30)) + i;
        }
        position = SIZE;
    }

    /** Continues where another generator stood. */
    MersenneTwister(List<Integer> words, int position) {
        this.words = words.stream().mapToInt(word -> word).toArray();
        this.position = position;
    }

    List<Integer> words() {
        return Arrays.stream(words).boxed().toList();
    }

    /** How many words of the current block are used, up to {@link #SIZE}. */
    int position() {
        return position;
    }

    /** The next word; all 32 bits are random. */
    int next() {
        if (position == SIZE) {
            twist();
        }
        int word = words[position++];
        word ^= word >>> 11;
        word ^= (word << 7) & 0x9D2C5680;
        word ^= (word << 15) & 0xEFC60000;
        return word ^ (word >>> 18);
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int mixed = (words[i] & UPPER_BIT) | (words[(i + 1) % SIZE] & ~UPPER_BIT);
            words[i] = words[(i + SHIFT) % SIZE] ^ (mixed >>> 1) ^ ((mixed & 1) == 0 ? 0 : TWIST);
        }
        position = 0;
    }
}
