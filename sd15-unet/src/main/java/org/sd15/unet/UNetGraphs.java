package org.sd15.unet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.session.ArrayCheck;
import org.sd15.attention.session.ExclusiveUse;
import org.sd15.attention.session.GraphCache;
import org.sd15.attention.session.ParameterTable;
import org.sd15.unet.BuiltGraph.Objective;

/** The graphs of a handle on a UNet, built when they are first needed, what goes into them and who may use them. */
final class UNetGraphs implements AutoCloseable {

    /** Graphs that are kept; each holds buffers for its activations. */
    private static final int KEPT = 4;

    private final UNetConfig config;
    private final Adapters adapters;
    private final ParameterTable parameters;
    private final DataType dataType;
    private final Execution execution;
    private final GraphCache<BuiltGraph.Key, BuiltGraph> built = new GraphCache<>(KEPT);
    private final GraphCache<CheckpointedGradient.Key, CheckpointedGradient> checkpointed = new GraphCache<>(1);
    private final ExclusiveUse access = new ExclusiveUse("the UNet");

    UNetGraphs(
            UNetConfig config, Adapters adapters, ParameterTable parameters, DataType dataType, Execution execution) {
        this.config = config;
        this.adapters = adapters;
        this.parameters = parameters;
        this.dataType = dataType;
        this.execution = execution;
    }

    /** Those of another handle on the same arrays. */
    UNetGraphs share() {
        return new UNetGraphs(config, adapters, parameters.share(), dataType, execution);
    }

    ExclusiveUse access() {
        return access;
    }

    ParameterTable parameters() {
        return parameters;
    }

    void replace(Map<String, INDArray> replacements) {
        access.run(() -> {
            parameters.replace(replacements);
            forget();
        });
    }

    UNetOutput predict(UNetInput input, AttentionPlan plan, AttentionControl control, Collection<String> taps) {
        List<String> names = new ArrayList<>(List.of(BuiltGraph.OUT));
        names.addAll(taps);
        BuiltGraph graph = of(input, plan, new Objective.None());
        taps.forEach(graph::require);
        Map<String, INDArray> values = graph.evaluate(feeds(input, plan, control), names);
        INDArray out = Objects.requireNonNull(values.remove(BuiltGraph.OUT));
        parameters.requireFinite(
                "the UNet's prediction", out, Map.of("sample", input.sample(), "text states", input.context()));
        return new UNetOutput(out, values);
    }

    Map<String, INDArray> read(UNetInput input, Collection<String> taps) {
        BuiltGraph graph = of(input, AttentionPlan.PLAIN, new Objective.None());
        taps.forEach(graph::require);
        return graph.evaluate(feeds(input), taps);
    }

    UNetGradients vjp(
            UNetInput input,
            AttentionPlan plan,
            AttentionControl control,
            Map<String, INDArray> cotangents,
            Predicate<String> trained) {
        var objective = new Objective.Cotangents(Set.copyOf(cotangents.keySet()), chosen(trained));
        BuiltGraph graph = of(input, plan, objective);
        Map<String, INDArray> feeds = feeds(input, plan, control);
        cotangents.forEach((name, value) -> {
            ArrayCheck.requireShape("the cotangent of " + name, value, graph.shape(name, feeds, input.batch()));
            feeds.put(BuiltGraph.cotangent(name), cast(value));
        });
        return new Differentiation.Whole(graph, feeds, List.of(BuiltGraph.LOSS)).all();
    }

    private Set<String> chosen(Predicate<String> trained) {
        return parameters.arrays().keySet().stream().filter(trained).collect(Collectors.toUnmodifiableSet());
    }

    INDArray cast(INDArray array) {
        return array.castTo(dataType);
    }

    /**
     * A differentiation of the loss that a target defines.
     *
     * @param trained chooses parameters by name
     * @param inputs whether gradients with respect to the sample and the context are wanted
     */
    Differentiation differentiation(
            UNetInput input, Target target, Predicate<String> trained, Checkpointing checkpointing, boolean inputs) {
        ArrayCheck.requireShape(
                "the target", target.values(), input.batch(), config.outChannels(), input.height(), input.width());
        Set<String> names = chosen(trained);
        Map<String, INDArray> ofLoss = Map.of(
                BuiltGraph.TARGET,
                cast(target.values()),
                BuiltGraph.WEIGHTS,
                Nd4j.createFromArray(target.weights()).castTo(dataType));
        if (checkpointing == Checkpointing.BLOCKS) {
            return new Differentiation.InBlocks(inBlocks(input, target.loss(), names, inputs), feeds(input), ofLoss);
        }
        BuiltGraph graph = of(input, AttentionPlan.PLAIN, new Objective.Deviation(target.loss(), names));
        Map<String, INDArray> feeds = feeds(input);
        feeds.putAll(ofLoss);
        return new Differentiation.Whole(graph, feeds, List.of(BuiltGraph.LOSS, BuiltGraph.ERRORS));
    }

    CheckpointedGradient inBlocks(UNetInput input, Loss loss, Set<String> names, boolean inputs) {
        require(input);
        var key = new CheckpointedGradient.Key(input.height(), input.width(), input.tokens(), loss, names, inputs);
        var model = new CheckpointedGradient.Model(config, adapters, parameters, dataType, execution, sites(input));
        return checkpointed.get(key, () -> new CheckpointedGradient(model, key));
    }

    /** Placeholders of the input; a control's and a loss's come on top. */
    Map<String, INDArray> feeds(UNetInput input) {
        Map<String, INDArray> feeds = new HashMap<>();
        feeds.put(BuiltGraph.SAMPLE, cast(input.sample()));
        feeds.put(BuiltGraph.CONTEXT, cast(input.context()));
        int width = config.blockOutChannels().get(0);
        feeds.put(BuiltGraph.TIME_PROJ, TimestepEmbedding.sinusoid(input.timesteps(), width, dataType));
        return feeds;
    }

    /** Placeholders of the input and of a control. */
    Map<String, INDArray> feeds(UNetInput input, AttentionPlan plan, AttentionControl control) {
        if (control.batch() != input.batch()) {
            throw new IllegalArgumentException(
                    "the control is for %d pictures, the input has %d".formatted(control.batch(), input.batch()));
        }
        Map<String, INDArray> feeds = feeds(input);
        feeds.putAll(control.feeds(plan, sites(input), dataType));
        return feeds;
    }

    private List<AttentionSite> sites(UNetInput input) {
        return config.sites(input.height(), input.width(), input.tokens());
    }

    BuiltGraph of(UNetInput input, AttentionPlan plan, Objective objective) {
        require(input);
        var key = new BuiltGraph.Key(input.height(), input.width(), input.tokens(), plan, objective);
        return built.get(
                key, () -> new BuiltGraph(config, adapters, parameters, dataType, execution, sites(input), key));
    }

    private void require(UNetInput input) {
        parameters.requireOpen();
        if (parameters.takeWidened()) {
            forget();
        }
        input.requireUsable();
        if (input.sample().size(1) != config.inChannels()) {
            throw new IllegalArgumentException("the sample has %d channels, the UNet takes %d (in_channels)"
                    .formatted(input.sample().size(1), config.inChannels()));
        }
        if (input.context().size(2) != config.crossAttentionDim()) {
            throw new IllegalArgumentException("the text states are %d wide, the UNet takes %d (cross_attention_dim)"
                    .formatted(input.context().size(2), config.crossAttentionDim()));
        }
    }

    /** Frees the buffers of all of them; they are built anew when they are next needed. */
    private void forget() {
        built.close();
        checkpointed.close();
    }

    void trim() {
        forget();
        parameters.forgetIn(execution);
    }

    /** Frees the buffers for good. */
    @Override
    public void close() {
        access.close(() -> {
            forget();
            parameters.release();
        });
    }
}
