package org.sd15.pipeline.random;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The stream of {@code torch.Generator("cpu")}, bit for bit as PyTorch draws it on a machine with AVX2. The one
 * exception are normal numbers in double precision: they rest on the platform's sine, cosine and logarithm and may be 2
 * ulp off.
 *
 * <p>Every method consumes the stream as the torch function of its name does, so a sequence of calls here gives the
 * values of the same sequence there. Not thread-safe: one generator belongs to one run.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/v2.7.1/aten/src/ATen/native/cpu/DistributionTemplates.h">
 *     PyTorch, DistributionTemplates.h</a>
 */
public final class TorchRandom {

    /** Fewer normal numbers than this are drawn one by one. */
    private static final int BLOCK = BoxMuller.BLOCK;

    private static final long WIDE_RANGE = 1L << 28;

    private final MersenneTwister words;

    /** The sine half of the last pair that was drawn one by one; the next such draw returns it. */
    private @Nullable Double spareNormal;

    /**
     * A generator as {@code torch.Generator("cpu").manual_seed(seed)} gives it.
     *
     * @param seed only its low 32 bits count, as in torch
     */
    public TorchRandom(long seed) {
        words = new MersenneTwister((int) seed);
    }

    /** A generator that continues where the state was taken. */
    public TorchRandom(RandomState state) {
        words = new MersenneTwister(state.words(), state.position());
        spareNormal = state.spareNormal();
    }

    /** Everything that decides the draws to come. */
    public RandomState state() {
        return new RandomState(words.words(), words.position(), spareNormal);
    }

    /** {@code torch.rand(count)}: uniform numbers in [0, 1), multiples of 2^-24. */
    public float[] randFloats(int count) {
        return floats(count, this::uniform);
    }

    /** {@code torch.rand(count, dtype=float64)}: uniform numbers in [0, 1), multiples of 2^-53. */
    public double[] randDoubles(int count) {
        return doubles(count, this::uniformDouble);
    }

    /** {@code torch.randn(count)}: normal numbers of mean 0 and variance 1. */
    public float[] randnFloats(int count) {
        return count < BLOCK ? floats(count, this::normalDouble) : blocks(count, count);
    }

    /** {@code torch.randn(count, dtype=float64)}. */
    public double[] randnDoubles(int count) {
        if (count < BLOCK) {
            return doubles(count, this::normalDouble);
        }
        double[] values = randDoubles(count);
        BoxMuller.transformBlocks(values);
        if (count % BLOCK != 0) {
            System.arraycopy(randDoubles(BLOCK), 0, values, count - BLOCK, BLOCK);
            BoxMuller.transform(values, count - BLOCK);
        }
        return values;
    }

    /** {@code torch.rand(shape, dtype)} for FLOAT, DOUBLE or FLOAT16; c order. */
    public INDArray rand(DataType type, long... shape) {
        check(type);
        int count = length(shape);
        if (type == DataType.DOUBLE) {
            return Nd4j.createFromArray(randDoubles(count)).reshape(shape);
        }
        INDArray single = Nd4j.createFromArray(randFloats(count)).reshape(shape);
        if (type == DataType.FLOAT) {
            return single;
        }
        // Rounding may reach 1, which lies outside the interval; torch puts 0 there.
        INDArray half = single.castTo(type);
        return half.muli(half.lt(1).castTo(type));
    }

    /** {@code torch.empty(shape).uniform_(low, high)}: FLOAT, c order. */
    public INDArray uniform(double low, double high, long... shape) {
        float from = (float) low;
        float width = (float) high - from;
        float[] values = randFloats(length(shape));
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.fma(values[i], width, from); // one rounding, as torch's compiled code has it
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }

    /** {@code torch.randn(shape)}: FLOAT, c order. This is the draw behind the {@code seed} of a picture. */
    public INDArray randn(long... shape) {
        return randn(DataType.FLOAT, shape);
    }

    /** {@code torch.randn(shape, dtype)} for FLOAT, DOUBLE or FLOAT16; c order. */
    public INDArray randn(DataType type, long... shape) {
        check(type);
        int count = length(shape);
        if (type == DataType.DOUBLE) {
            return Nd4j.createFromArray(randnDoubles(count)).reshape(shape);
        }
        // Half precision, unlike single, draws no uniform numbers for an incomplete block before it replaces it.
        boolean skips = type == DataType.FLOAT16 && count >= BLOCK;
        float[] values = skips ? blocks(count, count / BLOCK * BLOCK) : randnFloats(count);
        return Nd4j.createFromArray(values).castTo(type).reshape(shape);
    }

    /**
     * One draw per picture from a generator of its own, stacked: what diffusers does with a list of generators, so that
     * a picture of a batch is the picture of its seed alone.
     *
     * @param generators one per picture
     * @param shape the shape of one picture without the batch, for instance {@code [4, height, width]}
     * @return FLOAT, {@code [generators, shape...]}, c order
     */
    public static INDArray randnBatch(List<TorchRandom> generators, long... shape) {
        if (generators.isEmpty()) {
            throw new IllegalArgumentException("a batch needs at least one generator");
        }
        int count = length(shape);
        float[] batch = new float[Math.multiplyExact(generators.size(), count)];
        for (int row = 0; row < generators.size(); row++) {
            System.arraycopy(generators.get(row).randnFloats(count), 0, batch, row * count, count);
        }
        long[] stacked = new long[shape.length + 1];
        stacked[0] = generators.size();
        System.arraycopy(shape, 0, stacked, 1, shape.length);
        return Nd4j.createFromArray(batch).reshape(stacked);
    }

    /** {@code torch.randint(low, high, (count,))}: integers from {@code low} to {@code high - 1}. */
    public long[] randint(long low, long high, int count) {
        if (high <= low) {
            throw new IllegalArgumentException("randint from %d to %d: the range is empty".formatted(low, high));
        }
        long range = Math.subtractExact(high, low);
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            long word = range < WIDE_RANGE ? word() : wideWord();
            values[i] = Long.remainderUnsigned(word, range) + low;
        }
        return values;
    }

    /** {@code torch.randperm(count)}: the numbers below {@code count} in random order. */
    public int[] randperm(int count) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        for (int i = 0; i < count - 1; i++) {
            int other = i + (int) (word() % (count - i));
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }

    /** {@code torch.bernoulli(probabilities)}: true with the given probability, one uniform number each. */
    public boolean[] bernoulli(float... probabilities) {
        boolean[] values = new boolean[probabilities.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = uniform() < probabilities[i];
        }
        return values;
    }

    private long word() {
        return Integer.toUnsignedLong(words.next());
    }

    private long wideWord() {
        return word() << 32 | word();
    }

    private float uniform() {
        return (words.next() & 0xFFFFFF) * 0x1p-24f;
    }

    private double uniformDouble() {
        return (wideWord() & ((1L << 53) - 1)) * 0x1p-53;
    }

    private double normalDouble() {
        Double spare = spareNormal;
        if (spare != null) {
            spareNormal = null;
            return spare;
        }
        double angle = 2 * Math.PI * uniformDouble();
        double radius = Math.sqrt(-2 * Math.log1p(-uniformDouble()));
        spareNormal = radius * Math.sin(angle);
        return radius * Math.cos(angle);
    }

    /** All uniforms first, then each block in place; an incomplete block is replaced by one over the last 16 values. */
    private float[] blocks(int count, int uniforms) {
        float[] values = Arrays.copyOf(randFloats(uniforms), count);
        BoxMuller.transformBlocks(values);
        if (count % BLOCK != 0) {
            System.arraycopy(randFloats(BLOCK), 0, values, count - BLOCK, BLOCK);
            BoxMuller.transform(values, count - BLOCK);
        }
        return values;
    }

    private static double[] doubles(int count, DoubleSupplier draw) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> draw.getAsDouble());
        return values;
    }

    private static float[] floats(int count, DoubleSupplier draw) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) draw.getAsDouble();
        }
        return values;
    }

    private static int length(long... shape) {
        return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    }

    private static void check(DataType type) {
        if (type != DataType.FLOAT && type != DataType.DOUBLE && type != DataType.FLOAT16) {
            throw new IllegalArgumentException("cannot draw %s: FLOAT, DOUBLE and FLOAT16 are known".formatted(type));
        }
    }
}
