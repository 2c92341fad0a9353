package org.sd15.unet;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.PlannedPorts;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.GradientFunction.OutputsAndGradients;
import org.sd15.attention.session.GraphCache;

/**
 * The weighted mean of a loss of a UNet and its gradients, one block at a time: the way there keeps what the blocks
 * pass on to each other, the backward pass computes the inside of each block again.
 */
final class CheckpointedGradient implements GraphCache.Built {

    static final String TIME = "time";

    /**
     * What it was built for.
     *
     * @param inputs whether gradients with respect to the sample and the context are wanted
     */
    record Key(int height, int width, int tokens, Loss loss, Set<String> trained, boolean inputs) {}

    /** How a UNet is built. */
    record Model(
            UNetConfig config,
            Adapters adapters,
            Weights weights,
            DataType dataType,
            Execution execution,
            List<AttentionSite> sites) {}

    /** Something that a segment passes on. */
    private record Handed(String name, FeatureMap like) {}

    /**
     * What one block passes to the next.
     *
     * @param x the map; null before the first block and after the last
     * @param waiting skip connections, the last one first
     */
    private record Passed(@Nullable Handed x, List<Handed> waiting) {}

    private final Model model;
    private final Key key;
    private final List<Segment> segments = new ArrayList<>();
    private final Set<Segment> onTheWayBack = new HashSet<>();

    CheckpointedGradient(Model model, Key key) {
        this.model = model;
        this.key = key;
        build();
        Set<String> wanted = new HashSet<>(key.inputs() ? Set.of(BuiltGraph.SAMPLE, BuiltGraph.CONTEXT) : Set.of());
        for (Segment segment : segments) {
            if (segment.differentiates(wanted)) {
                onTheWayBack.add(segment);
                wanted.addAll(segment.handedOn());
            }
        }
    }

    private Segment segment() {
        Segment segment = new Segment(
                model.dataType(),
                model.execution(),
                model.weights(),
                key.trained()::contains,
                scope -> scope.withPorts(
                                new PlannedPorts(scope.graph(), model.dataType(), AttentionPlan.PLAIN, model.sites()))
                        .withAdapters(model.adapters()));
        segments.add(segment);
        return segment;
    }

    private void build() {
        Segment time = segment();
        int width = model.config().blockOutChannels().get(0);
        Tokens sinusoid = new Tokens(time.reads(BuiltGraph.TIME_PROJ, width), 1, width);
        time.handsOn(TIME, UNetGraph.time(model.config(), time.root(), sinusoid).rows());
        List<UNetPlan.Block> blocks = UNetPlan.of(model.config()).blocks();
        Passed passed = new Passed(null, List.of());
        for (UNetPlan.Block block : blocks) {
            passed = build(segment(), block, passed, block == blocks.get(blocks.size() - 1));
        }
    }

    private Passed build(Segment segment, UNetPlan.Block block, Passed before, boolean isLast) {
        UNetConfig config = model.config();
        Tokens time = new Tokens(segment.reads(TIME, config.timeEmbedDim()), 1, config.timeEmbedDim());
        int width = config.crossAttentionDim();
        Tokens context = Tokens.of(segment.reads(BuiltGraph.CONTEXT, key.tokens(), width), key.tokens(), width);
        if (!block.attention()) {
            segment.leaves(BuiltGraph.CONTEXT);
        }
        UNetGraph unet = new UNetGraph(config, segment.root(), time, context);
        Map<String, FeatureMap> maps = new LinkedHashMap<>();
        before.waiting().forEach(skip -> {
            FeatureMap map = segment.reads(skip.name(), skip.like());
            maps.put(skip.name(), map);
            unet.waiting().addLast(map);
        });
        FeatureMap x = unet.block(block, first(segment, unet, before.x(), maps));
        if (isLast) {
            unet.out(x).nchw().rename(BuiltGraph.OUT);
            BuiltGraph.lose(segment.graph(), key.loss(), model.dataType());
            return new Passed(null, List.of());
        }
        return handOn(segment, block.path(), unet, x, before, maps);
    }

    private FeatureMap first(Segment segment, UNetGraph unet, @Nullable Handed x, Map<String, FeatureMap> maps) {
        if (x != null) {
            FeatureMap known = maps.get(x.name());
            return known == null ? segment.reads(x.name(), x.like()) : known;
        }
        int channels = model.config().inChannels();
        var sample = segment.reads(BuiltGraph.SAMPLE, channels, key.height(), key.width());
        return unet.into(FeatureMap.ofNchw(sample, channels, key.height(), key.width()));
    }

    private Passed handOn(
            Segment segment, String path, UNetGraph unet, FeatureMap x, Passed before, Map<String, FeatureMap> maps) {
        List<Handed> waiting = new ArrayList<>();
        for (FeatureMap skip : unet.waiting()) {
            if (maps.containsValue(skip)) {
                break; // it and those behind it were there before
            }
            waiting.add(handOn(segment, path + "/skip" + waiting.size(), skip));
        }
        int fresh = waiting.size();
        int kept = unet.waiting().size() - fresh;
        List<Handed> old = before.waiting();
        List<Handed> left = old.subList(old.size() - kept, old.size());
        left.stream()
                .map(Handed::name)
                .filter(name -> before.x() == null || !name.equals(before.x().name()))
                .forEach(segment::leaves);
        waiting.addAll(left);
        boolean isSkip = fresh > 0 && waiting.get(0).like().equals(x);
        return new Passed(isSkip ? waiting.get(0) : handOn(segment, path, x), waiting);
    }

    private static Handed handOn(Segment segment, String name, FeatureMap map) {
        segment.handsOn(name, map.value());
        return new Handed(name, map);
    }

    /**
     * What an evaluation gave.
     *
     * @param loss the loss and the errors
     * @param inputs gradients with respect to sample and context, if they are wanted
     * @param parameters gradients of the trained parameters
     */
    record Result(OutputsAndGradients loss, Map<String, INDArray> inputs, Map<String, INDArray> parameters) {}

    /**
     * Evaluates it.
     *
     * @param given sample, context and sinusoid
     * @param ofLoss target and weights
     */
    Result evaluate(Map<String, INDArray> given, Map<String, INDArray> ofLoss) {
        Map<String, INDArray> values = new HashMap<>(given);
        Segment tail = segments.get(segments.size() - 1);
        segments.stream().filter(segment -> segment != tail).forEach(segment -> values.putAll(segment.predict(values)));
        Map<String, INDArray> cotangents = new HashMap<>();
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        List<String> outputs = List.of(BuiltGraph.LOSS, BuiltGraph.ERRORS);
        OutputsAndGradients loss = tail.differentiate(values, ofLoss, outputs);
        collect(tail, loss, cotangents, parameters);
        for (int i = segments.size() - 2; i >= 0; i--) {
            Segment segment = segments.get(i);
            Map<String, INDArray> own = new LinkedHashMap<>();
            for (String name : segment.handedOn()) {
                Objects.requireNonNull(values.remove(name), name).close();
                if (cotangents.containsKey(name)) {
                    own.put(name, cotangents.remove(name));
                }
            }
            if (onTheWayBack.contains(segment)) {
                collect(segment, segment.differentiate(values, own, List.of()), cotangents, parameters);
            }
            own.values().forEach(INDArray::close);
        }
        return new Result(loss, cotangents, parameters);
    }

    private static void collect(
            Segment segment,
            OutputsAndGradients found,
            Map<String, INDArray> cotangents,
            Map<String, INDArray> parameters) {
        for (String name : segment.differentiated()) {
            cotangents.merge(name, found.gradient(name), (sum, more) -> {
                sum.addi(more);
                more.close();
                return sum;
            });
        }
        parameters.putAll(segment.parameterGradients(found));
    }

    /** Bytes that the activations of a block took at most. */
    long activationBytes() {
        return segments.stream().mapToLong(Segment::activationBytes).max().orElse(0);
    }

    @Override
    public void close() {
        segments.forEach(Segment::close);
    }
}
