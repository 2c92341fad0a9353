package org.sd15.attention.fused.ops;

import java.nio.FloatBuffer;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/**
 * The sum of the pixels of each picture: {@code [batch, height, width, channels]} to {@code [batch, channels]}. oneDNN's own reduction is its
 * reference code for this, many times slower.
 */
public record PixelSum() implements Kernel {

    @Override
    public List<long[]> shapes(List<long[]> inputs) {
        long[] map = inputs.get(0);
        return List.of(new long[] {map[0], map[3]});
    }

    @Override
    public void build(ProgramBuilder program) {
        long[] map = program.shape(0);
        long pixels = map[1] * map[2];
        var pieces = PixelPieces.of(map[0] * pixels, pixels, map[3]);
        Slot x = program.input(0, Layouts.dense(map[0] * pixels, map[3]));
        Slot sum = program.output(0, Layouts.dense(map[0], map[3]));
        Slot partial = program.temporary(Layouts.dense(pieces.count(), map[3]));
        new RowSum(pieces).addPartial(program, x, partial);
        program.compute(
                values -> ofPictures(
                        pieces, values.get(0).asBuffer(), values.get(1).asBuffer()),
                partial,
                sum);
    }

    private static void ofPictures(PixelPieces pieces, FloatBuffer partial, FloatBuffer sum) {
        int length = pieces.perPicture() * pieces.channels();
        for (int picture = 0; picture < pieces.pictures(); picture++) {
            RowSum.total(
                    partial.slice(picture * length, length),
                    pieces.perPicture(),
                    sum.slice(picture * pieces.channels(), pieces.channels()));
        }
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
