package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The transforms of a {@link Winograd} convolution as steps of its program. Transformed tiles are
 * {@code [36, tiles, channels]}.
 *
 * @param in input channels
 * @param out output channels
 * @param block output channels that are worked on at a time
 */
record WinogradWork(WinogradTiles tiles, int in, int out, int block) {

    static final int POINTS = WinogradTransforms.TILE * WinogradTransforms.TILE;
    static final int TAPS = WinogradTransforms.KERNEL * WinogradTransforms.KERNEL;

    /**
     * Some tiles.
     *
     * @param first the first
     * @param count how many
     */
    record Range(int first, int count) {

        int end() {
            return first + count;
        }

        /** One of {@code parts} parts of about the same size; may be empty. */
        Range part(int index, int parts) {
            int begin = Math.toIntExact((long) count * index / parts);
            return new Range(first + begin, Math.toIntExact((long) count * (index + 1) / parts) - begin);
        }
    }

    /** From the map to the transformed tiles of a group: a part of them. */
    Consumer<List<FloatPointer>> input(Range group, Range part) {
        int together = WinogradTiles.together(in);
        return memories -> {
            FloatBuffer x = memories.get(0).asBuffer();
            FloatBuffer transformed = memories.get(1).asBuffer();
            var transforms = new WinogradTransforms(together * in);
            for (int tile = part.first(); tile < part.end(); tile += together) {
                int n = Math.min(together, part.end() - tile);
                for (int i = 0; i < n; i++) {
                    tiles.read(x, in, tile + i, transforms.rows(), i * in);
                }
                transforms.input(n * in);
                for (int point = 0; point < POINTS; point++) {
                    int place = point * group.count() + tile - group.first();
                    transformed.put(place * in, transforms.rows()[point], 0, n * in);
                }
            }
        };
    }

    /**
     * From kernels {@code [blocks, 9, in, block]} to those of a block {@code [36, in, block]}.
     *
     * @param turned whether they are turned by 180 degrees first
     */
    Consumer<List<FloatPointer>> kernels(int number, boolean turned) {
        int together = WinogradTiles.together(block);
        return memories -> {
            FloatBuffer plain = memories.get(0).asBuffer();
            FloatBuffer transformed = memories.get(1).asBuffer();
            var transforms = new WinogradTransforms(together * block);
            for (int i = 0; i < in; i += together) {
                int n = Math.min(together, in - i) * block;
                for (int tap = 0; tap < TAPS; tap++) {
                    int source = number * TAPS + (turned ? TAPS - 1 - tap : tap);
                    plain.get((source * in + i) * block, transforms.rows()[tap], 0, n);
                }
                transforms.kernel(n);
                for (int point = 0; point < POINTS; point++) {
                    transformed.put((point * in + i) * block, transforms.rows()[point], 0, n);
                }
            }
        };
    }

    /**
     * From transformed tiles {@code [36, part, block]} to a block of channels of the result. The memories are these two
     * and what is added.
     */
    Consumer<List<FloatPointer>> output(Range part, int number, ConvolutionAddends addends) {
        int together = WinogradTiles.together(block);
        return memories -> {
            FloatBuffer results = memories.get(0).asBuffer();
            var sink = new Sink(memories, number * block, addends);
            var transforms = new WinogradTransforms(together * block);
            for (int tile = part.first(); tile < part.end(); tile += together) {
                int n = Math.min(together, part.end() - tile);
                for (int point = 0; point < POINTS; point++) {
                    int place = point * part.count() + tile - part.first();
                    results.get(place * block, transforms.rows()[point], 0, n * block);
                }
                transforms.output(n * block);
                for (int i = 0; i < n; i++) {
                    sink.write(tile + i, transforms.rows(), i * block);
                }
            }
        };
    }

    /** Where results go: what is added to them, then the map. */
    private final class Sink {

        private final FloatBuffer y;
        private final FloatBuffer bias;
        private final FloatBuffer vector;
        private final FloatBuffer residual;
        private final int channel;
        private final float[] shift = new float[block];
        private final float[] other = new float[block];
        private int shiftOf = -1;

        Sink(List<FloatPointer> memories, int channel, ConvolutionAddends addends) {
            var none = FloatBuffer.allocate(0);
            var rest = memories.subList(1, memories.size()).iterator();
            this.y = rest.next().asBuffer();
            this.bias = addends.bias() == null ? none : rest.next().asBuffer();
            this.vector = addends.vector() == null ? none : rest.next().asBuffer();
            this.residual = addends.residual() == null ? none : rest.next().asBuffer();
            this.channel = channel;
        }

        void write(int tile, float[][] rows, int place) {
            shiftFor(tiles.picture(tile));
            tiles.forEachPixel(tile, (pixel, row) -> {
                add(rows[row], place, shift);
                if (residual.capacity() > 0) {
                    residual.get(pixel * out + channel, other);
                    add(rows[row], place, other);
                }
                y.put(pixel * out + channel, rows[row], place, block);
            });
        }

        /** The bias plus the vector of a picture. */
        private void shiftFor(int picture) {
            if (picture == shiftOf) {
                return;
            }
            shiftOf = picture;
            Arrays.fill(shift, 0);
            if (bias.capacity() > 0) {
                bias.get(channel, shift);
            }
            if (vector.capacity() > 0) {
                vector.get(picture * out + channel, other);
                WinogradTransforms.add(shift, other, block);
            }
        }

        private void add(float[] row, int place, float[] addend) {
            for (int i = 0; i < block; i++) {
                row[place + i] += addend[i];
            }
        }
    }
}
