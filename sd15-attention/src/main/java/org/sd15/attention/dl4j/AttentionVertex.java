package org.sd15.attention.dl4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.samediff.SameDiffGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.dl4j.AttentionGraph.Pass;
import org.sd15.attention.session.GraphCache;

/**
 * A {@link CrossAttentionLayer} at work in a network. The superclass keeps the parameters and their gradients; running
 * the graph is done here, outside DL4J's workspaces, and only results are copied into them.
 */
@SuppressWarnings("overrides") // a varargs method of DL4J is overridden by one that is not
final class AttentionVertex extends SameDiffGraphVertex {

    /** Shapes whose graphs are kept, forwards and backwards. */
    private static final int KEPT_GRAPHS = 8;

    private final CrossAttentionLayer layer;
    private final LayerView view;
    private final GraphCache<AttentionGraph.Key, AttentionGraph> graphs = new GraphCache<>(KEPT_GRAPHS);
    private final DropOutNoise noise = new DropOutNoise();

    AttentionVertex(
            CrossAttentionLayer layer,
            ComputationGraph graph,
            String name,
            int index,
            INDArray parameters,
            boolean initialise,
            DataType type) {
        super(layer, graph, name, index, parameters, initialise, type);
        this.layer = layer;
        view = new LayerView(graph, this, layer, type);
    }

    /** What clips by layer reads the whole view from here; the superclass keeps only its parts. */
    @Override
    public void setBackpropGradientsViewArray(INDArray view) {
        super.setBackpropGradientsViewArray(view);
        gradients = view;
    }

    /**
     * While the network gathers its layers, the attention is one of them. Later DL4J takes a vertex with a layer for one of
     * its own kind, which has a single input.
     */
    @Override
    public boolean hasLayer() {
        return graph.getLayers() == null;
    }

    @Override
    public Layer getLayer() {
        return view;
    }

    boolean frozen() {
        return view.frozen();
    }

    /** Takes the parameters of another, which transfer learning copies for layers alone. */
    void inherit(@Nullable AttentionVertex original) {
        if (original != null && original.params().length() == params.length()) {
            params.assign(original.params());
        }
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
        layer.validateInput(inputs);
        layer.getConfig().requireMask(layer.label(), queries(), tokens());
        Map<String, INDArray> values = outsideWorkspaces(() -> {
            noise.forget();
            if (training && !frozen()) {
                noise.draw(config(), dataType, inputs[0].shape(), queries(), tokens());
            }
            return graph(Pass.FORWARD).evaluate(feeds());
        });
        INDArray output = value(values, AttentionGraph.OUTPUT);
        INDArray activations = workspaces.dup(ArrayType.ACTIVATIONS, noise.onOutput(output));
        close(values);
        return activations;
    }

    private int queries() {
        return tokens(0);
    }

    /** How many tokens are attended to. */
    private int tokens() {
        return tokens(inputs.length - 1);
    }

    private int tokens(int input) {
        INDArray array = inputs[input];
        return config().inputs(inputs.length).get(input).format(array.rank()).tokens(array.shape());
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaces) {
        Map<String, INDArray> values = outsideWorkspaces(() -> {
            Map<String, INDArray> feeds = feeds();
            feeds.put(AttentionGraph.EPSILON, noise.onOutput(epsilon));
            return graph(Pass.BACKWARD).evaluate(feeds);
        });
        Gradient gradient = new DefaultGradient();
        gradTable.forEach((key, view) -> gradient.setGradientFor(key, view.assign(value(values, key))));
        INDArray[] towardsInputs = config().inputs(inputs.length).stream()
                .map(input -> workspaces.dup(ArrayType.ACTIVATION_GRAD, value(values, input.name())))
                .toArray(INDArray[]::new);
        close(values);
        return Pair.of(gradient, towardsInputs);
    }

    private CrossAttentionConfig config() {
        return layer.getConfig();
    }

    private AttentionGraph graph(Pass pass) {
        List<List<Long>> shapes = new ArrayList<>();
        for (INDArray input : inputs) {
            shapes.add(Arrays.stream(input.shape()).skip(1).boxed().toList());
        }
        var key = new AttentionGraph.Key(shapes, contextMask() != null, noise.onWeights() != null, pass);
        return graphs.get(key, () -> new AttentionGraph(config(), dataType, paramTable, key));
    }

    private Map<String, INDArray> feeds() {
        Map<String, INDArray> feeds = new LinkedHashMap<>();
        List<AttentionInput> expected = config().inputs(inputs.length);
        for (int i = 0; i < inputs.length; i++) {
            feeds.put(expected.get(i).name(), inputs[i].castTo(dataType));
        }
        INDArray mask = contextMask();
        if (mask != null) {
            feeds.put(AttentionGraph.MASK, perToken(mask));
        }
        if (noise.onWeights() != null) {
            feeds.put(AttentionGraph.NOISE, noise.onWeights());
        }
        return feeds;
    }

    /** The mask of what is attended to. DL4J tells a vertex of masks that are there, not that there are none any more. */
    private @Nullable INDArray contextMask() {
        if (graph.getInputMaskArrays() == null) {
            maskArrays = null;
        }
        return maskArrays == null ? null : maskArrays[inputs.length - 1];
    }

    private INDArray perToken(INDArray mask) {
        AttentionInput context = config().context(inputs.length);
        long batch = inputs[0].size(0);
        if (mask.length() != batch * tokens()) {
            throw new DL4JInvalidInputException("%s: the mask of the %s is %s, expected [%d, %d]"
                    .formatted(layer.label(), context.name(), Arrays.toString(mask.shape()), batch, tokens()));
        }
        return mask.castTo(dataType).reshape(batch, tokens());
    }

    @SuppressWarnings("try")
    private static <T> T outsideWorkspaces(Supplier<T> work) {
        try (MemoryWorkspace none = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            return work.get();
        }
    }

    private static INDArray value(Map<String, INDArray> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    private static void close(Map<String, INDArray> values) {
        values.values().stream().filter(INDArray::closeable).forEach(INDArray::close);
    }

    @Override
    public String toString() {
        return layer.label();
    }
}
