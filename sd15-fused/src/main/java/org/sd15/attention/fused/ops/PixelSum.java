package org.sd15.attention.fused.ops;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.reduction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.sd15.attention.fused.onednn.Layouts;
import org.sd15.attention.fused.onednn.OneDnn;
import org.sd15.attention.fused.onednn.PostOps;
import org.sd15.attention.fused.onednn.ProgramBuilder;
import org.sd15.attention.fused.onednn.Slot;

/** The sum of the pixels of each picture: {@code [batch, height, width, channels]} to {@code [batch, channels]}. */
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
        Slot x = program.input(0, Layouts.dense(map[0], pixels, map[3]));
        Slot sum = program.output(0, Layouts.dense(map[0], 1, map[3]));
        if (pixels == 1) {
            program.copy(x, sum); // a sum of one is none to oneDNN
            return;
        }
        var description = new reduction.primitive_desc(
                OneDnn.engine(),
                algorithm.reduction_sum,
                x.layout(),
                sum.layout(),
                0,
                0,
                program.attributes(new PostOps()),
                false);
        program.add(description, new reduction(description), Map.of(dnnl.DNNL_ARG_SRC, x, dnnl.DNNL_ARG_DST, sum));
    }

    @Override
    public List<SDVariable> differentiate(FusedOp op, List<SDVariable> gradients) {
        return Kernel.noSecondDerivative(this);
    }
}
