package org.sd15.importer.lora;

import java.util.Arrays;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.tensor.Shapes;
import org.sd15.importer.tensor.TensorInfo;

/**
 * Whether the two halves of a layer fit a weight.
 *
 * @param weight {@code [out, in]} or {@code [out, in, height, width]}
 * @param down must be {@code [rank, in]} or {@code [rank, in, height, width]}
 * @param up must be {@code [out, rank]} or {@code [out, rank, 1, 1]}
 */
record LoraShapes(ParameterSpec weight, TensorInfo down, TensorInfo up) {

    void problems(LoraProblems problems) {
        long[] wantedDown = weight.shape();
        wantedDown[0] = rank();
        long[] wantedUp = {weight.shape()[0], rank()};
        check(problems, down, wantedDown);
        check(problems, up, wantedUp);
    }

    /** The rank as {@code down} has it; at least 1, so that an empty tensor doesn't fit. */
    private long rank() {
        long[] shape = down.shape();
        return shape.length == 0 ? 1 : Math.max(1, shape[0]);
    }

    private void check(LoraProblems problems, TensorInfo tensor, long[] wanted) {
        if (tensor.shape().length < 2 || !Shapes.equalUpToTrailingOnes(tensor.shape(), wanted)) {
            problems.add(
                    "tensors of the wrong shape",
                    "%s is %s, must be %s for a weight of %s"
                            .formatted(
                                    tensor.name(),
                                    Arrays.toString(tensor.shape()),
                                    Arrays.toString(wanted),
                                    Arrays.toString(weight.shape())));
        }
    }
}
