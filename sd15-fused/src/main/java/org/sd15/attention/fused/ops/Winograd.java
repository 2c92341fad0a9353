package org.sd15.attention.fused.ops;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.dnnl.memory.desc;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.MatrixProduct;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * A convolution of 3x3 with stride 1 and padding 1 by Winograd's F(4x4, 3x3): 36 products of matrices do what direct
 * convolution needs four times as many multiplications for. First all tiles of the map are transformed. Then each lane
 * takes blocks of output channels: their kernels are transformed, multiplied, and the results transformed back.
 * Transformed kernels are four times as large as kernels; they are made when they are needed and never leave the cache.
 *
 * @see WinogradTransforms
 */
final class Winograd {

    private static final int POINTS = WinogradWork.POINTS;
    private static final int TAPS = WinogradWork.TAPS;

    /** Output channels of a block. */
    private static final int BLOCK = 64;

    /** With fewer channels, or with fewer in a block, or with fewer tiles, direct convolution is as fast. */
    private static final int LEAST_CHANNELS = 64;

    private static final int LEAST_BLOCK = 32;
    private static final int LEAST_TILES = 16;

    /** Transformed tiles that are held at a time: 40 MB. */
    private static final int MOST_FLOATS = 10_000_000;

    /**
     * The kernel.
     *
     * @param index the argument
     * @param constant whether its copy may be kept
     * @param backward whether it is applied for the gradient: turned by 180 degrees, from outputs to inputs
     */
    record Kernel(int index, boolean constant, boolean backward) {}

    private final ProgramBuilder program;
    private final WinogradTiles tiles;
    private final Kernel kernel;
    private final int in;
    private final int block;
    private final int blocks;
    private final WinogradWork work;

    /** The convolution of a geometry, or its gradient with respect to its input. */
    Winograd(ProgramBuilder program, ConvolutionGeometry geometry, Kernel kernel) {
        this.program = program;
        this.tiles = WinogradTiles.of(geometry);
        this.kernel = kernel;
        this.in = Math.toIntExact(kernel.backward() ? geometry.out() : geometry.in());
        int out = Math.toIntExact(kernel.backward() ? geometry.in() : geometry.out());
        this.block = largestDivisor(out);
        this.blocks = out / block;
        this.work = new WinogradWork(tiles, in, out, block);
    }

    /** Whether a convolution is faster so. */
    static boolean pays(ConvolutionGeometry geometry) {
        return geometry.size() == WinogradTransforms.KERNEL
                && geometry.stride() == 1
                && geometry.before() == 1
                && geometry.after() == 1
                && Math.min(largestDivisor(geometry.in()), largestDivisor(geometry.out())) >= LEAST_BLOCK
                && Math.min(geometry.in(), geometry.out()) >= LEAST_CHANNELS
                && WinogradTiles.of(geometry).count() >= LEAST_TILES;
    }

    private static int largestDivisor(long channels) {
        int divisor = BLOCK;
        while (channels % divisor != 0) {
            divisor--;
        }
        return divisor;
    }

    /** Adds the steps. */
    void add(Slot x, ConvolutionAddends addends, Slot y) {
        int most = Math.max(LEAST_TILES, MOST_FLOATS / (POINTS * in));
        int groups = (tiles.count() + most - 1) / most;
        int size = (tiles.count() + groups - 1) / groups;
        Slot transformed = program.temporary(Layouts.dense(POINTS, size, in));
        Slot weights = weights();
        int lanes = ProgramBuilder.lanes();
        for (int first = 0; first < tiles.count(); first += size) {
            var group = new WinogradWork.Range(first, Math.min(size, tiles.count() - first));
            program.sideBySide(
                    lanes, (lane, index) -> lane.compute(work.input(group, group.part(index, lanes)), x, transformed));
            program.sideBySide(
                    lanes,
                    (lane, index) -> new Products(lane, group, transformed, weights, addends, y).add(index, lanes));
        }
    }

    /** The kernel in blocks of output channels {@code [blocks, block, in, 3, 3]}; a block's channels lie last. */
    private Slot weights() {
        long[] stride = program.stride(kernel.index()); // of [3, 3, in, out]
        long strideIn = stride[kernel.backward() ? 3 : 2];
        long strideOut = stride[kernel.backward() ? 2 : 3];
        long[] dims = {blocks, block, in, WinogradTransforms.KERNEL, WinogradTransforms.KERNEL};
        long plane = (long) in * block;
        desc plain = Layouts.strided(dims, new long[] {block * strideOut, strideOut, strideIn, stride[0], stride[1]});
        desc wanted =
                Layouts.strided(dims, new long[] {TAPS * plane, 1, block, WinogradTransforms.KERNEL * plane, plane});
        return program.weights(kernel.index(), plain, 0, wanted, kernel.constant());
    }

    /** What a lane does with a group of tiles. */
    private final class Products {

        private final ProgramBuilder lane;
        private final WinogradWork.Range group;
        private final Slot transformed;
        private final Slot weights;
        private final ConvolutionAddends addends;
        private final Slot y;
        private final Slot kernels;
        private final Map<Integer, MatrixProduct> products = new HashMap<>();

        Products(
                ProgramBuilder lane,
                WinogradWork.Range group,
                Slot transformed,
                Slot weights,
                ConvolutionAddends addends,
                Slot y) {
            this.lane = lane;
            this.group = group;
            this.transformed = transformed;
            this.weights = weights;
            this.addends = addends;
            this.y = y;
            this.kernels = lane.temporary(Layouts.dense(POINTS, in, block));
        }

        /** Work is cut by blocks of channels, and blocks by tiles so that each lane has the same number of pieces. */
        void add(int index, int count) {
            int parts = 1;
            while (blocks * parts % count != 0) {
                parts++;
            }
            int pieces = blocks * parts / count;
            Slot results = lane.temporary(Layouts.dense(POINTS, (group.count() + parts - 1) / parts, block));
            int last = -1;
            for (int piece = index * pieces; piece < (index + 1) * pieces; piece++) {
                int channels = piece / parts;
                if (channels != last) {
                    lane.compute(work.kernels(channels, kernel.backward()), weights, kernels);
                    last = channels;
                }
                WinogradWork.Range part = group.part(piece % parts, parts);
                if (part.count() > 0) {
                    multiply(part, results);
                    lane.compute(work.output(part, channels, addends), operands(results));
                }
            }
        }

        private void multiply(WinogradWork.Range part, Slot results) {
            long offset = (long) (part.first() - group.first()) * in;
            desc left = Layouts.strided(
                    new long[] {POINTS, part.count(), in}, new long[] {(long) group.count() * in, in, 1});
            desc result = Layouts.dense(POINTS, part.count(), block);
            var post = new PostOps();
            products.computeIfAbsent(
                            part.count(), rows -> new MatrixProduct(lane, left, kernels.layout(), result, post))
                    .add(lane.view(transformed, left, offset), kernels, null, lane.view(results, result, 0), post);
        }

        private Slot[] operands(Slot results) {
            return Stream.of(results, y, addends.bias(), addends.vector(), addends.residual())
                    .filter(Objects::nonNull)
                    .toArray(Slot[]::new);
        }
    }
}
