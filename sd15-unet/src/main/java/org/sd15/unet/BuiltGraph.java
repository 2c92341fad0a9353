package org.sd15.unet;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.PlannedPorts;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GraphCache;
import org.sd15.attention.session.GraphSession;
import org.sd15.attention.session.TrainedParameters;

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

    /** The scalar whose gradients a graph has, with respect to the sample, the context and trained parameters. */
    sealed interface Objective {

        /** The names of the parameters that get gradients. */
        Set<String> trained();

        /** None: the graph has no gradients. */
        record None() implements Objective {
            @Override
            public Set<String> trained() {
                return Set.of();
            }
        }

        /** Weighted mean of the losses of the pictures. */
        record Deviation(Loss loss, Set<String> trained) implements Objective {}

        /** Sum of products of the named variables with cotangents. */
        record Cotangents(Set<String> names, Set<String> trained) implements Objective {}
    }

    private final DataType dataType;
    private final Execution execution;
    private final List<AttentionSite> sites;
    private final SameDiff graph = Graphs.create();
    private final TrainedParameters parameters;
    private final Map<String, long[]> shapes = new HashMap<>();
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
        this.parameters = new TrainedParameters(weights, key.objective().trained()::contains);
        build(config, adapters, key);
        this.gradient = key.objective() instanceof Objective.None ? null : differentiate(key.objective());
    }

    private void build(UNetConfig config, Adapters adapters, Key key) {
        Scope root = Scope.of(graph, dataType, parameters, execution)
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
        shapes.put(OUT, new long[] {1, config.outChannels(), key.height(), key.width()});
        sites.forEach(site -> shapes.put(site.probs(), new long[] {1, site.heads(), site.queries(), site.keys()}));
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
                    .orElseThrow(() -> new IllegalArgumentException("a vector-Jacobian product without cotangents"))
                    .rename(LOSS);
        } else if (objective instanceof Objective.Deviation deviation) {
            lose(graph, deviation.loss(), dataType);
        }
        List<String> variables = Stream.concat(Stream.of(SAMPLE, CONTEXT), parameters.names().stream())
                .toList();
        return GradientFunction.of(graph, LOSS, variables, execution);
    }

    /** Adds the weighted mean of a loss to a graph that has the prediction. */
    static void lose(SameDiff graph, Loss loss, DataType dataType) {
        SDVariable each = loss.of(graph.getVariable(OUT), graph.placeHolder(TARGET, dataType, ANY_SHAPE));
        each.rename(ERRORS);
        each.mul(graph.placeHolder(WEIGHTS, dataType, -1)).mean().rename(LOSS);
    }

    private SDVariable product(String name) {
        require(name);
        SDVariable variable = graph.getVariable(name);
        if (variable.getVariableType() != VariableType.ARRAY) {
            throw new IllegalArgumentException("a cotangent for %s, which the UNet does not compute".formatted(name));
        }
        return variable.mul(graph.placeHolder(COTANGENT + name, dataType, (long[]) null))
                .sum();
    }

    /**
     * The shape of a variable. What is not known from the start is found by evaluating it once: of all dimensions, only
     * the batch may change.
     *
     * @param feeds the placeholders of the input
     */
    long[] shape(String name, Map<String, INDArray> feeds, int batch) {
        long[] shape = shapes.computeIfAbsent(name, unknown -> {
            INDArray value =
                    Objects.requireNonNull(evaluate(feeds, List.of(name)).get(name), name);
            long[] found = value.shape().clone();
            value.close();
            session.trim();
            found[0] /= batch;
            return found;
        });
        long[] ofBatch = shape.clone();
        ofBatch[0] *= batch;
        return ofBatch;
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

    /** The parameters of which some are trained. */
    TrainedParameters parameters() {
        return parameters;
    }

    @Override
    public void close() {
        session.close();
        if (gradient != null) {
            gradient.close();
        }
    }
}
