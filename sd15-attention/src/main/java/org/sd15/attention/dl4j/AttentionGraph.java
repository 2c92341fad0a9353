package org.sd15.attention.dl4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GraphCache;
import org.sd15.attention.session.GraphSession;

/** The SameDiff graph of a layer for one shape of its inputs, of any batch. Reads the network's parameters in place. */
final class AttentionGraph implements GraphCache.Built {

    static final String OUTPUT = "output";
    static final String EPSILON = "epsilon";
    static final String MASK = "mask";
    static final String NOISE = "noise";
    private static final String LOSS = "loss";

    /**
     * What a graph was built for.
     *
     * @param shapes dimensions of each input, without the batch
     * @param masked whether some tokens of the context may be absent
     * @param noisy whether weights of the attention are dropped
     * @param pass forwards or backwards
     */
    record Key(List<List<Long>> shapes, boolean masked, boolean noisy, Pass pass) {}

    /** What a graph computes. */
    enum Pass {
        /** The output. */
        FORWARD,
        /** The gradients of {@code sum(output * epsilon)} with respect to inputs and parameters. */
        BACKWARD
    }

    private final SameDiff graph = Graphs.create();
    private final Map<String, SDVariable> inputs = new LinkedHashMap<>();
    private final Map<String, SDVariable> parameters = new LinkedHashMap<>();
    private final UnaryOperator<Map<String, INDArray>> evaluation;
    private final Runnable buffers;

    AttentionGraph(CrossAttentionConfig config, DataType type, Map<String, INDArray> table, Key key) {
        List<AttentionInput> expected = config.inputs(key.shapes().size());
        for (int i = 0; i < expected.size(); i++) {
            String name = expected.get(i).name();
            inputs.put(
                    name, graph.placeHolder(name, type, withBatch(key.shapes().get(i))));
        }
        table.forEach((name, array) -> parameters.put(name, graph.var(name, array)));
        SDVariable present = key.masked() ? graph.placeHolder(MASK, type, -1, -1) : null;
        SDVariable noise = key.noisy() ? graph.placeHolder(NOISE, type, -1, -1, -1, -1) : null;
        SDVariable output =
                config.build(graph, inputs, parameters, present, noise).rename(OUTPUT);
        if (key.pass() == Pass.FORWARD) {
            var session = new GraphSession(graph);
            evaluation = feeds -> session.evaluate(feeds, List.of(OUTPUT));
            buffers = session::close;
        } else {
            GradientFunction gradient = differentiate(output);
            evaluation =
                    feeds -> gradient.evaluate(feeds, variables(), List.of()).gradients();
            buffers = gradient::close;
        }
    }

    private static long[] withBatch(List<Long> shape) {
        List<Long> all = new ArrayList<>(List.of(-1L));
        all.addAll(shape);
        return all.stream().mapToLong(Long::longValue).toArray();
    }

    private GradientFunction differentiate(SDVariable output) {
        long[] shape = inputs.values().iterator().next().getShape(); // the output has the shape of the image
        output.mul(graph.placeHolder(EPSILON, output.dataType(), shape)).sum().rename(LOSS);
        return GradientFunction.of(graph, LOSS, variables());
    }

    private List<String> variables() {
        List<String> names = new ArrayList<>(inputs.keySet());
        names.addAll(parameters.keySet());
        return names;
    }

    /** The output, or the gradients by name; the caller closes them. */
    Map<String, INDArray> evaluate(Map<String, INDArray> feeds) {
        return evaluation.apply(feeds);
    }

    @Override
    public void close() {
        buffers.run();
    }
}
