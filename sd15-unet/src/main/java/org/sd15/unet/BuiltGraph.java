package org.sd15.unet;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.PlannedPorts;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.GradientFunction;
import org.sd15.attention.graph.GradientFunction.Evaluation;
import org.sd15.attention.graph.GraphCache;
import org.sd15.attention.graph.GraphSession;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Layout;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.TrainedParameters;
import org.sd15.attention.graph.Weights;

/** One SameDiff graph of a UNet: for one picture size, one plan of attention ports, and one loss or none. */
final class BuiltGraph implements GraphCache.Built {

    static final String OUT = "out";
    static final String SAMPLE = "sample";
    static final String CONTEXT = "context";
    static final String TARGET = "target";
    static final String WEIGHTS = "weights";
    static final String ERRORS = "errors";
    static final String LOSS = "loss";
    static final String TIME_PROJ = "time_proj";
    private static final String COTANGENT = "cotangent/";
    private static final long[] ANY_SHAPE = {-1, -1, -1, -1};

    /** What a graph was built for; equal keys share a graph. */
    record Key(int height, int width, int tokens, AttentionPlan plan, Objective objective) {}

    /** The scalar whose gradients a graph has. */
    sealed interface Objective {

        /** None: the graph has no gradients. */
        record None() implements Objective {}

        /** Weighted mean of (out - target)^2; gradients for the trained parameters, the sample and the context. */
        record MeanSquaredError(Set<String> trained) implements Objective {}

        /** Sum of products of the named variables with cotangents; gradients for the sample and the context. */
        record Cotangents(Set<String> names) implements Objective {}
    }

    private final DataType dataType;
    private final Execution execution;
    private final List<AttentionSite> sites;
    private final SameDiff graph = Graphs.create();
    private final Map<String, Layout> trained = new LinkedHashMap<>();
    private final GraphSession session;
    private final @Nullable GradientFunction gradient;

    BuiltGraph(
            UNetConfig config,
            Adapters adapters,
            Weights weights,
            DataType dataType,
            Execution execution,
            List<AttentionSite> sites,
            Key key) {
        this.dataType = dataType;
        this.execution = execution;
        this.session = new GraphSession(graph, execution);
        this.sites = sites;
        build(config, adapters, weights, key);
        this.gradient = key.objective() instanceof Objective.None ? null : differentiate(key.objective());
    }

    private void build(UNetConfig config, Adapters adapters, Weights weights, Key key) {
        Set<String> names = key.objective() instanceof Objective.MeanSquaredError loss ? loss.trained() : Set.of();
        Parameters fromWeights = Parameters.from(weights, names::contains);
        Parameters noting = (sd, spec, layout) -> declare(fromWeights, names, spec, layout);
        Scope root = Scope.of(graph, dataType, noting, execution)
                .withPorts(new PlannedPorts(graph, dataType, key.plan(), sites))
                .withAdapters(adapters);
        SDVariable sample = placeHolder(SAMPLE, config.inChannels(), key.height(), key.width());
        int timeDim = config.blockOutChannels().get(0);
        SDVariable context = placeHolder(CONTEXT, key.tokens(), config.crossAttentionDim());
        FeatureMap out = UNetGraph.apply(
                config,
                root,
                FeatureMap.ofNchw(sample, config.inChannels(), key.height(), key.width()),
                new Tokens(placeHolder(TIME_PROJ, timeDim), 1, timeDim),
                Tokens.of(context, key.tokens(), config.crossAttentionDim()));
        out.nchw().rename(OUT);
    }

    private SDVariable declare(Parameters from, Set<String> names, ParameterSpec spec, Layout layout) {
        if (names.contains(spec.name())) {
            trained.put(spec.name(), layout);
        }
        return from.declare(graph, spec, layout);
    }

    private SDVariable placeHolder(String name, long... perPicture) {
        long[] shape = new long[perPicture.length + 1];
        shape[0] = -1;
        System.arraycopy(perPicture, 0, shape, 1, perPicture.length);
        return graph.placeHolder(name, dataType, shape);
    }

    private GradientFunction differentiate(Objective objective) {
        if (objective instanceof Objective.Cotangents cotangents) {
            cotangents.names().stream()
                    .map(this::product)
                    .reduce(SDVariable::add)
                    .orElseThrow()
                    .rename(LOSS);
        } else {
            meanSquaredError(graph, graph.getVariable(OUT), dataType);
        }
        List<String> variables = Stream.concat(Stream.of(SAMPLE, CONTEXT), trained.keySet().stream())
                .toList();
        return GradientFunction.of(graph, LOSS, variables, execution);
    }

    /** Side by side, as one long sum in float32 would lose two digits. */
    static void meanSquaredError(SameDiff graph, SDVariable out, DataType dataType) {
        SDVariable error = out.sub(graph.placeHolder(TARGET, dataType, ANY_SHAPE));
        SDVariable each = graph.math.square(error).mean(false, 3).mean(false, 2).mean(false, 1);
        each.rename(ERRORS);
        each.mul(graph.placeHolder(WEIGHTS, dataType, -1)).mean().rename(LOSS);
    }

    private SDVariable product(String name) {
        require(name);
        SDVariable cotangent = graph.placeHolder(COTANGENT + name, dataType, ANY_SHAPE);
        return graph.getVariable(name).mul(cotangent).sum();
    }

    /**
     * Makes sure that there is such a variable.
     *
     * @throws IllegalArgumentException if not; says why, if it is the map of an attention
     */
    void require(String name) {
        if (graph.hasVariable(name)) {
            return;
        }
        for (AttentionSite site : sites) {
            if (name.equals(site.probs()) || name.equals(site.rawProbs())) {
                throw new IllegalArgumentException(
                        "%s is a map of %d heads x %d x %d, %d MiB a picture, and is computed in parts; plan it as `whole` to read it"
                                .formatted(name, site.heads(), site.queries(), site.keys(), site.mapBytes() >> 20));
            }
        }
        throw new IllegalArgumentException("the UNet has no variable " + name);
    }

    static String cotangent(String name) {
        return COTANGENT + name;
    }

    Map<String, INDArray> evaluate(Map<String, INDArray> feeds, Collection<String> names) {
        return session.evaluate(feeds, names);
    }

    GradientFunction gradient() {
        if (gradient == null) {
            throw new IllegalStateException("this graph was built without gradients");
        }
        return gradient;
    }

    /** Where the graph and its derivative read a weight from. */
    List<Long> weightAddresses(String name) {
        return Stream.of(graph, graph.getFunction("grad"))
                .filter(Objects::nonNull)
                .map(any -> any.getVariable(name).getArr().data().address())
                .toList();
    }

    /** The trained parameters and how they lie in the graph. */
    Map<String, Layout> trained() {
        return trained;
    }

    /** The gradients of the trained parameters in diffusers' layout. A view can't be closed, so none is handed out. */
    Map<String, INDArray> parameterGradients(Evaluation evaluation) {
        return TrainedParameters.gradients(evaluation, trained);
    }

    @Override
    public void close() {
        session.close();
        if (gradient != null) {
            gradient.close();
        }
    }
}
