package org.sd15.attention.fused;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.shape.Reshape;
import org.sd15.attention.fused.ops.FusedOp;
import org.sd15.attention.fused.ops.Kernel;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Tokens;

/** A graph that operations of ours are put into, and what is known of those that are there. */
final class FusedGraph {

    /**
     * An array as an operation reads it.
     *
     * @param value the array
     * @param rank how many dimensions it is written with: 2, 3 or 4
     */
    record Operand(SDVariable value, int rank) {}

    /** What an operation of ours gives. */
    record FusedOutput(FusedOp op, int rank, int channels) {}

    private final SameDiff graph;
    private final Map<DifferentialFunction, FusedOutput> outputs = new IdentityHashMap<>();

    FusedGraph(SameDiff graph) {
        this.graph = graph;
    }

    /** Looks through reshapes that only renumber rows. */
    private Operand operand(SDVariable value, int rank, int channels) {
        SDVariable source = value;
        DifferentialFunction producer = graph.getVariableOutputOp(source.name());
        while (producer instanceof Reshape) {
            source = producer.arg(0);
            producer = graph.getVariableOutputOp(source.name());
        }
        FusedOutput known = outputs.get(producer);
        if (known != null && known.channels() == channels) {
            return new Operand(source, known.rank());
        }
        long[] shape = source.isPlaceHolder() ? source.getShape() : new long[0];
        boolean fits = shape.length >= 2 && shape.length <= 4 && shape[shape.length - 1] == channels;
        return fits ? new Operand(source, shape.length) : new Operand(value, rank);
    }

    Operand rows(Tokens x) {
        return operand(x.rows(), 2, x.channels());
    }

    Operand pixels(FeatureMap x) {
        return operand(x.value(), 4, x.channels());
    }

    /** Adds an operation whose single result has some rank and channels. */
    Operand add(Kernel kernel, int rank, int channels, List<SDVariable> inputs) {
        FusedOp op = FusedOp.in(graph, kernel, inputs.toArray(SDVariable[]::new));
        SDVariable result = op.outputVariable();
        outputs.put(op, new FusedOutput(op, rank, channels));
        return new Operand(result, rank);
    }

    /** Tokens as the vocabulary promises them, in two dimensions. */
    Tokens asRows(Tokens like, Operand y, int channels) {
        return like.with(y.rank() == 2 ? y.value() : y.value().reshape(-1, channels), channels);
    }

    /** A map as the vocabulary promises it, in four dimensions. */
    static FeatureMap asMap(Operand y, int height, int width, int channels) {
        SDVariable map = y.rank() == 4 ? y.value() : y.value().reshape(-1, height, width, channels);
        return new FeatureMap(map, height, width, channels);
    }

    /** What made an array, if it was one of our operations. */
    @Nullable
    FusedOutput producer(Operand operand) {
        return outputs.get(graph.getVariableOutputOp(operand.value().name()));
    }
}
