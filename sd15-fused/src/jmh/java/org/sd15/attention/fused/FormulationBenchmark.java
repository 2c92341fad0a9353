package org.sd15.attention.fused;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Rule;

/** Words of the vocabulary at the sizes of Stable Diffusion 1.5 for 64x64 latents, forwards, and their input gradients. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class FormulationBenchmark {

    /** The words. */
    public enum Word {
        CONVOLUTION_320_AT_64,
        CONVOLUTION_1280_AT_16,
        LINEAR_1024X640,
        GEGLU_1024X640,
        GROUP_NORM_320_AT_64,
        LAYER_NORM_4096X320,
        SELF_ATTENTION_4096,
        SELF_ATTENTION_1024,
        CROSS_ATTENTION_4096
    }

    @Param({"native", "fused"})
    private String execution = "fused";

    @Param
    private Word word = Word.LINEAR_1024X640;

    private final Map<String, INDArray> feeds = new LinkedHashMap<>();
    private GraphSession forward;
    private GradientFunction gradient;

    /** Builds the graphs. */
    @Setup(Level.Trial)
    public void build() {
        Execution how = execution.equals("native") ? Execution.NATIVE : FusedExecution.create();
        SameDiff graph = Graphs.create();
        var parameters = Parameters.from(spec -> Rule.tensor(spec.name(), DataType.FLOAT, spec.shape()), name -> false);
        var scope = org.sd15.attention.graph.Scope.of(graph, DataType.FLOAT, parameters, how);
        SDVariable y = apply(scope);
        y.rename("y").sum().rename("loss");
        forward = new GraphSession(graph, how);
        gradient = GradientFunction.of(graph, "loss", List.of("x"), how);
    }

    private SDVariable apply(org.sd15.attention.graph.Scope scope) {
        return switch (word) {
            case CONVOLUTION_320_AT_64 ->
                Conv2d.apply(scope, map(scope, 64, 320), 320, Conv2d.Geometry.SAME).value();
            case CONVOLUTION_1280_AT_16 ->
                Conv2d.apply(scope, map(scope, 16, 1280), 1280, Conv2d.Geometry.SAME).value();
            case LINEAR_1024X640 ->
                org.sd15.attention.graph.Linear.apply(scope, tokens(scope, "x", 1024, 640), 640).rows();
            case GEGLU_1024X640 ->
                scope.formulation()
                        .geGlu(org.sd15.attention.graph.Linear.apply(scope, tokens(scope, "x", 1024, 640), 5120))
                        .rows();
            case GROUP_NORM_320_AT_64 ->
                org.sd15.attention.graph.GroupNorm.thenSilu(scope, map(scope, 64, 320), 32, 1e-5)
                        .value();
            case LAYER_NORM_4096X320 ->
                org.sd15.attention.graph.LayerNorm.apply(scope, tokens(scope, "x", 4096, 320), 1e-5)
                        .rows();
            case SELF_ATTENTION_4096 -> attention(scope, 4096, 4096, 320);
            case SELF_ATTENTION_1024 -> attention(scope, 1024, 1024, 640);
            case CROSS_ATTENTION_4096 -> attention(scope, 4096, 77, 320);
        };
    }

    private SDVariable attention(org.sd15.attention.graph.Scope scope, int queries, int keys, int channels) {
        Tokens query = tokens(scope, "x", queries, channels);
        Tokens key = tokens(scope, "k", keys, channels);
        Tokens value = tokens(scope, "v", keys, channels);
        return scope.formulation()
                .attention(scope, query, key, value, 8, AttentionPorts.NONE)
                .rows();
    }

    private Tokens tokens(org.sd15.attention.graph.Scope scope, String name, int tokens, int channels) {
        feeds.put(name, Rule.input(name, DataType.FLOAT, 1, tokens, channels));
        return Tokens.of(scope.graph().placeHolder(name, DataType.FLOAT, -1, tokens, channels), tokens, channels);
    }

    private FeatureMap map(org.sd15.attention.graph.Scope scope, int side, int channels) {
        feeds.put("x", Rule.input("x", DataType.FLOAT, 1, side, side, channels));
        var value = scope.graph().placeHolder("x", DataType.FLOAT, -1, side, side, channels);
        return new FeatureMap(value, side, side, channels);
    }

    /** The word. */
    @Benchmark
    public void forward() {
        forward.evaluate(feeds, List.of("y")).values().forEach(INDArray::close);
    }

    /** The word and its gradient with respect to its first input. */
    @Benchmark
    public void forwardAndGradient() {
        var evaluation = gradient.evaluate(feeds, List.of("x"), new ArrayList<>());
        evaluation.gradients().values().forEach(INDArray::close);
    }

    /** Frees the buffers. */
    @TearDown(Level.Trial)
    public void close() {
        forward.close();
        gradient.close();
    }
}
