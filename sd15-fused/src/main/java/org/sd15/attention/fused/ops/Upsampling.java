package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.function.BiConsumer;
import org.bytedeco.dnnl.memory.desc;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;

/**
 * Twofold nearest-neighbour up-sampling of a map, cut to a size.
 *
 * @param height rows of x
 * @param width columns of x
 * @param tall rows of the result
 * @param wide columns of the result
 * @param rank dimensions with which x is written
 */
public record Upsampling(long height, long width, long tall, long wide, long rank) implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        long[] x = inputs.get(0);
        return List.of(new long[] {Shapes.rows(x) / (height * width), tall, wide, Shapes.last(x)});
    }

    @Override
    public void build(ProgramBuilder program) {
        long channels = Shapes.last(program.shape(0));
        forEachCopy(Shapes.rows(program.shape(0)) / (height * width), (picture, corner) -> {
            long small = picture * height * width * channels;
            long large = picture * tall * wide * channels + corner.offset(this, channels);
            program.copy(
                    program.input(0, corner.small(this, channels), small),
                    program.output(0, corner.large(this, channels), large));
        });
    }

    /** Visits the copies of all pictures, the top left ones of each first: every pixel has one. */
    void forEachCopy(long batch, BiConsumer<Long, Corner> work) {
        for (long picture = 0; picture < batch; picture++) {
            for (Corner corner : Corner.values()) {
                if (corner.exists(this)) {
                    work.accept(picture, corner);
                }
            }
        }
    }

    /** Which of the four copies of a pixel. */
    enum Corner {
        TOP_LEFT(0, 0),
        TOP_RIGHT(0, 1),
        BOTTOM_LEFT(1, 0),
        BOTTOM_RIGHT(1, 1);

        private final int down;
        private final int right;

        Corner(int down, int right) {
            this.down = down;
            this.right = right;
        }

        /** Whether any pixel has this copy: not where the result is one pixel wide. */
        boolean exists(Upsampling u) {
            return u.tall > down && u.wide > right;
        }

        /** The pixels that have this copy, in the small map. */
        desc small(Upsampling u, long channels) {
            return Layouts.strided(dims(u, channels), new long[] {u.width * channels, channels, 1});
        }

        /** Their copies in the large map. */
        desc large(Upsampling u, long channels) {
            return Layouts.strided(dims(u, channels), new long[] {2 * u.wide * channels, 2 * channels, 1});
        }

        /** The first copy in the large map. */
        long offset(Upsampling u, long channels) {
            return (down * u.wide + right) * channels;
        }

        private long[] dims(Upsampling u, long channels) {
            return new long[] {(u.tall - down + 1) / 2, (u.wide - right + 1) / 2, channels};
        }
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        var gradient = new UpsamplingGradient(height, width, tall, wide, rank);
        return List.of(op.next(gradient, gradients.get(0)).outputVariable());
    }
}
