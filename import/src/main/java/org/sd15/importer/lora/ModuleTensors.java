package org.sd15.importer.lora;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.importer.tensor.Shapes;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/**
 * What a file has for one module.
 *
 * @param file where the tensors are
 * @param module what they are for
 * @param weight the parameter that they change: {@code [out, in]}, {@code [out, in, height, width]} or, of a norm, {@code
 *     [out]}
 * @param names of the tensors
 */
record ModuleTensors(TensorFile file, LoraModule module, ParameterSpec weight, Map<LoraPart, String> names) {

    boolean has(LoraPart part) {
        return names.containsKey(part);
    }

    Set<LoraPart> parts() {
        return names.keySet();
    }

    TensorInfo info(LoraPart part) {
        return file.info(name(part));
    }

    String name(LoraPart part) {
        return Objects.requireNonNull(names.get(part));
    }

    /** The output channels of the layer. */
    long out() {
        return weight.shape()[0];
    }

    /** The channels that go in. */
    long in() {
        return weight.shape()[1];
    }

    /** The kernel as the end of a shape: empty for a linear layer. */
    long[] kernel() {
        return Arrays.copyOfRange(weight.shape(), 2, weight.shape().length);
    }

    /** The taps of the kernel. */
    long taps() {
        return Arrays.stream(kernel()).reduce(1, Math::multiplyExact);
    }

    /** A dimension of a tensor, which has a rank of at least 1 if it has none. */
    long size(LoraPart part, int dimension) {
        long[] shape = info(part).shape();
        return dimension < shape.length ? Math.max(1, shape[dimension]) : 1;
    }

    /** In its own format where ND4J has it, so that it can be written back as it is. */
    INDArray load(LoraPart part) {
        return file.load(name(part), info(part).dtype().nd4j().orElse(DataType.FLOAT));
    }

    /** The only element of a tensor. */
    double number(LoraPart part) {
        return file.load(name(part), DataType.DOUBLE).getDouble(0);
    }

    /** {@code [first, the rest...]}. */
    static long[] shape(long first, long second, long... rest) {
        long[] shape = Arrays.copyOf(new long[] {first, second}, 2 + rest.length);
        System.arraycopy(rest, 0, shape, 2, rest.length);
        return shape;
    }

    /** Notes a tensor whose shape is another, but for dimensions of one at the end. */
    void require(LoraProblems problems, LoraPart part, long... wanted) {
        long[] shape = info(part).shape();
        if (shape.length < Math.min(2, wanted.length) || !Shapes.equalUpToTrailingOnes(shape, wanted)) {
            wrongShape(problems, part, Arrays.toString(wanted));
        }
    }

    /** Notes a tensor of the wrong shape. */
    void wrongShape(LoraProblems problems, LoraPart part, String wanted) {
        problems.add(
                "tensors of the wrong shape",
                "%s is %s, must be %s for a weight of %s"
                        .formatted(
                                name(part),
                                Arrays.toString(info(part).shape()),
                                wanted,
                                Arrays.toString(weight.shape())));
    }
}
