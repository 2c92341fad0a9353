package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory.desc;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * A convolution of a small map in parts of the input channels: the groups of one grouped convolution, so that only the
 * addition of their results is more work.
 *
 * @param geometry of the whole convolution
 */
record PartialConvolution(ConvolutionGeometry geometry, ChannelParts parts) {

    /** Results of all parts for a picture: 4 MB. With more, writing them would take long. */
    private static final long MOST_FLOATS = 1L << 20;

    /** The parts of a convolution, or null if it is better done as one. */
    static @Nullable PartialConvolution of(ConvolutionGeometry geometry) {
        ChannelParts parts = geometry.size() > 1 ? ChannelParts.of(geometry.in()) : null;
        if (parts == null) {
            return null;
        }
        long results = geometry.outputHeight() * geometry.outputWidth() * parts.count() * padded(geometry.out());
        return results <= MOST_FLOATS ? new PartialConvolution(geometry, parts) : null;
    }

    private static long padded(long channels) {
        return (channels + ChannelParts.LANE - 1) / ChannelParts.LANE * ChannelParts.LANE;
    }

    /** Output channels of a part: those of the whole, and zeros up to what a CPU works on at a time. */
    private int block() {
        return Math.toIntExact(padded(geometry.out()));
    }

    private PixelPieces pieces() {
        long pixels = geometry.outputHeight() * geometry.outputWidth();
        return PixelPieces.of(geometry.batch() * pixels, pixels, parts.count() * block());
    }

    /**
     * Adds the steps.
     *
     * @param kernel the argument that is the kernel {@code [size, size, in, out]}
     * @param constant whether a copy of it may be kept
     */
    void add(ProgramBuilder program, int kernel, boolean constant, ConvolutionAddends addends, Slot y) {
        Slot partial = program.temporary(Layouts.nhwc(
                geometry.batch(), parts.count() * block(), geometry.outputHeight(), geometry.outputWidth()));
        Slot none = program.temporary(Layouts.dense(parts.count() * block()));
        program.compute(memories -> clear(memories.get(0)), none);
        var description = geometry.inParts(parts.count(), block(), program.attributes(new PostOps()));
        Slot w = weights(program, kernel, constant, description.weights_desc());
        program.add(
                description,
                new convolution_forward(description),
                Map.of(
                        dnnl.DNNL_ARG_SRC, program.input(0, geometry.input()),
                        dnnl.DNNL_ARG_WEIGHTS, w,
                        dnnl.DNNL_ARG_BIAS, none,
                        dnnl.DNNL_ARG_DST, partial));
        List<Slot> memories = new ArrayList<>(List.of(partial, y));
        memories.addAll(addends.present());
        pieces().share(program, values -> new OfPieces(values, addends), memories.toArray(Slot[]::new));
    }

    /** The kernel in parts, {@code [parts, block, width, size, size]}. */
    private Slot weights(ProgramBuilder program, int kernel, boolean constant, desc wanted) {
        long[] stride = program.stride(kernel);
        desc plain = kernel(
                geometry.out(), new long[] {parts.width() * stride[2], stride[3], stride[2], stride[0], stride[1]});
        if (block() == geometry.out()) {
            return program.weights(kernel, plain, 0, wanted, constant);
        }
        long area = geometry.size() * geometry.size();
        long[] dense = {block() * parts.width() * area, parts.width() * area, area, geometry.size(), 1};
        Slot padded = program.temporary(kernel(block(), dense));
        program.compute(memories -> clear(memories.get(0)), padded);
        program.copy(program.input(kernel, plain), program.view(padded, kernel(geometry.out(), dense), 0));
        return program.packed(padded, wanted);
    }

    private desc kernel(long out, long[] strides) {
        return Layouts.strided(
                new long[] {parts.count(), out, parts.width(), geometry.size(), geometry.size()}, strides);
    }

    private static void clear(FloatPointer memory) {
        Pointer.memset(memory, 0, memory.limit() * Float.BYTES);
    }

    private final class OfPieces implements PixelPieces.Work {

        private final PixelPieces pieces = pieces();
        private final int out = Math.toIntExact(geometry.out());
        private final FloatBuffer partial;
        private final FloatBuffer y;
        private final @Nullable FloatBuffer bias;
        private final @Nullable FloatBuffer vector;
        private final @Nullable FloatBuffer residual;
        private final float[] sum = new float[out];
        private final float[] other = new float[out];
        private final float[] values = new float[pieces.most() * pieces.channels()];

        OfPieces(List<FloatPointer> memories, ConvolutionAddends addends) {
            Iterator<FloatPointer> memory = memories.iterator();
            partial = memory.next().asBuffer();
            y = memory.next().asBuffer();
            bias = addends.bias() == null ? null : memory.next().asBuffer();
            vector = addends.vector() == null ? null : memory.next().asBuffer();
            residual = addends.residual() == null ? null : memory.next().asBuffer();
        }

        @Override
        public void on(int piece) {
            pieces.read(partial, piece, values);
            for (int i = 0; i < pieces.pixels(piece); i++) {
                parts.addInPairs(values, i * pieces.channels(), block());
                System.arraycopy(values, i * pieces.channels(), sum, 0, out);
                int pixel = (pieces.firstPixel(piece) + i) * out;
                add(bias, 0);
                add(vector, pieces.picture(piece) * out);
                add(residual, pixel);
                y.put(pixel, sum);
            }
        }

        private void add(@Nullable FloatBuffer addend, int at) {
            if (addend != null) {
                addend.get(at, other);
                for (int c = 0; c < out; c++) {
                    sum[c] += other[c];
                }
            }
        }
    }
}
