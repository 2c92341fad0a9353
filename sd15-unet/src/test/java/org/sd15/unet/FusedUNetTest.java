package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.relative;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.fused.Precision;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.graph.Weights;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.ParameterTable;
import org.sd15.testing.Resident;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** What is the fused UNet's own; that it predicts and differentiates as diffusers does is in UNetTest and BlocksTest. */
class FusedUNetTest {

    /** Ten times what PyTorch's float32 gradients of this UNet are away from float64. */
    private static final double GRADIENT = 10 * 1.4e-5;

    @Test
    void nothingFallsBackToPlainOperations() {
        SameDiff graph = Graphs.create();
        Weights weights = Rule.weights("", DataType.FLOAT);
        Scope root =
                Scope.of(graph, DataType.FLOAT, Parameters.from(weights, name -> true), Formulations.FUSED.execution());
        var sample = graph.placeHolder("sample", DataType.FLOAT, -1, 4, 16, 16);
        var context = graph.placeHolder("context", DataType.FLOAT, -1, 77, 32);
        SDVariable out = UNetGraph.apply(
                        TinySd.config(),
                        root,
                        FeatureMap.ofNchw(sample, 4, 16, 16),
                        new Tokens(graph.placeHolder("time", DataType.FLOAT, -1, 32), 1, 32),
                        Tokens.of(context, 77, 32))
                .nchw();
        assertThat(operations(graph, out)).containsExactlyInAnyOrder("sd15_fused", "permute");
        out.sum().rename("loss");
        List<String> names = List.of("sample", "context", "conv_in.weight", "mid_block.resnets.0.norm1.weight");
        GradientFunction.of(graph, "loss", names, Formulations.FUSED.execution())
                .close();
        SameDiff derivative = graph.getFunction("grad");
        Set<String> operations = new LinkedHashSet<>();
        names.forEach(name -> operations.addAll(operations(
                derivative,
                derivative.getVariable(graph.getVariable(name).gradient().name()))));
        assertThat(operations)
                .contains("sd15_fused")
                .doesNotContainAnyElementsOf(
                        List.of("conv2d", "conv2d_bp", "matmul", "matmul_bp", "mmul", "softmax", "softmax_bp"));
    }

    /** The operations that a variable depends on. */
    private static Set<String> operations(SameDiff graph, SDVariable variable) {
        Set<String> names = new LinkedHashSet<>();
        Set<String> seen = new LinkedHashSet<>();
        Deque<SDVariable> open = new ArrayDeque<>(List.of(variable));
        while (!open.isEmpty()) {
            DifferentialFunction op = graph.getVariableOutputOp(open.pop().name());
            if (op != null && seen.add(op.getOwnName())) {
                names.add(op.opName());
                open.addAll(List.of(op.args()));
            }
        }
        return names;
    }

    /** Native in float64: maps of one pixel make small roundings large, and float32 has its own. */
    @Test
    void differentiatesUnderControlAsNativeDoes() {
        UNetInput input = TinySd.rows(2, 8, 8);
        List<AttentionSite> sites = TinySd.config().sites(8, 8, 77);
        AttentionSite tapped = sites.get(5);
        AttentionPlan plan = AttentionPlan.PLAIN
                .route(sites, site -> true)
                .map(sites, site -> true)
                .bias(sites, site -> true);
        Map<String, INDArray> cotangents = Map.of(
                "out",
                Rule.input("cotangent.out", DataType.FLOAT, 2, 4, 8, 8),
                sites.get(4).probs(),
                Rule.input("cotangent.self", DataType.FLOAT, 2, 8, 16, 16),
                tapped.probs(),
                Rule.input("cotangent.cross", DataType.FLOAT, 2, 8, 16, 77));
        AttentionControl control = AttentionControl.identity(2)
                .bias(tapped::equals, Rule.input("bias", DataType.FLOAT, 2, 1, 16, 77))
                .routeKeys(any -> true, Rule.input("routes", DataType.FLOAT, 2, 2));
        try (UNet plain = TinySd.unet(DataType.DOUBLE);
                UNet fused = TinySd.unet(Formulations.FUSED)) {
            UNetGradients expected = plain.vjp(input, plan, control, cotangents);
            UNetGradients actual = fused.vjp(input, plan, control, cotangents);
            assertThat(actual.loss()).isCloseTo(expected.loss(), within(GRADIENT * Math.abs(expected.loss())));
            assertClose("sample", actual.sample().castTo(DataType.DOUBLE), expected.sample(), GRADIENT);
            assertClose("context", actual.context().castTo(DataType.DOUBLE), expected.context(), GRADIENT);
        }
    }

    @Test
    void twoThreadsOverTheSameWeightsGiveTheBitsOfOne() throws Exception {
        Execution execution = FusedExecution.create();
        Weights weights = weights();
        UNetInput input = TinySd.rows(2, 16, 16);
        INDArray alone = predictOften(execution, weights, input);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Callable<INDArray> work = () -> predictOften(execution, weights, input);
            List<Future<INDArray>> together = List.of(threads.submit(work), threads.submit(work));
            for (Future<INDArray> one : together) {
                assertSameBits("prediction", one.get(), alone);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static INDArray predictOften(Execution execution, Weights weights, UNetInput input) {
        try (UNet unet = new UNet(TinySd.config(), weights, DataType.FLOAT, execution)) {
            INDArray first = unet.predict(input);
            for (int i = 0; i < 4; i++) {
                assertSameBits("again", unet.predict(input), first);
            }
            return first;
        }
    }

    /** Arrays that several UNets share. */
    private static Weights weights() {
        return new ParameterTable(UNet.parameters(TinySd.config()), Rule.weights("", DataType.FLOAT), DataType.FLOAT);
    }

    @Test
    void packsWeightsOnceForAllGraphs() {
        FusedExecution execution = FusedExecution.create();
        try (UNet unet = new UNet(TinySd.config(), weights(), DataType.FLOAT, execution)) {
            unet.predict(TinySd.rows(1, 16, 16));
            long once = execution.packedBytes();
            List<AttentionSite> sites = unet.sites(16, 16, 77);
            unet.predict(
                    TinySd.rows(1, 16, 16),
                    AttentionPlan.PLAIN.route(sites, site -> true),
                    AttentionControl.identity(1),
                    List.of());
            assertThat(execution.packedBytes()).isPositive().isEqualTo(once);
        }
    }

    @Test
    void noticesThatWeightsWereTrained() {
        INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 8, 8);
        UNetInput input = Small.input(8, 8);
        try (UNet plain = small(Execution.NATIVE);
                UNet fused = small(FusedExecution.create())) {
            INDArray untrained = fused.predict(input);
            for (int step = 0; step < 2; step++) {
                for (UNet unet : List.of(plain, fused)) {
                    unet.gradient(input, target, name -> true)
                            .parameters()
                            .forEach(
                                    (name, gradient) -> unet.weights().get(name).subi(gradient.mul(0.05)));
                }
            }
            assertThat(relative(fused.predict(input), untrained)).isGreaterThan(1e-2);
            assertClose("after two steps", fused.predict(input), plain.predict(input), 1e-4);
        }
    }

    /**
     * PyTorch's own bfloat16 is 3.0e-2 of the largest value away from its float32 here; ours, which adds in float32 and
     * keeps the ends of the model so, must stay below 2e-2. Where the CPU can't, the bits are float32's.
     */
    @Test
    void predictsInBfloat16() {
        UNetInput input = TinySd.input("square");
        FusedExecution narrow = FusedExecution.create(Precision.BFLOAT16);
        FusedExecution wide = FusedExecution.create();
        Weights weights = weights();
        try (UNet rough = new UNet(TinySd.config(), weights, DataType.FLOAT, narrow);
                UNet exact = new UNet(TinySd.config(), weights, DataType.FLOAT, wide)) {
            INDArray expected = exact.predict(input);
            double distance = relative(rough.predict(input), expected);
            if (FusedExecution.hasBfloat16()) {
                assertThat(distance).isBetween(1e-4, 2e-2);
                assertThat(narrow.packedBytes()).isLessThan((long) (0.8 * wide.packedBytes()));
            } else {
                assertThat(distance).isZero();
            }
        }
    }

    private static UNet small(Execution execution) {
        return new UNet(Small.config(4), Rule.weights("", DataType.FLOAT), DataType.FLOAT, execution);
    }

    @Test
    void doesNotGrowFromStepToStep() {
        try (UNet unet = small(FusedExecution.create())) {
            UNetInput input = Small.input(32, 32);
            INDArray target = Rule.input("target", DataType.FLOAT, 1, 4, 32, 32);
            long early = 0;
            for (int step = 1; step <= 20; step++) {
                unet.predict(input).close();
                UNetGradients gradients = unet.gradient(input, target, name -> name.contains("attn2"));
                gradients.sample().close();
                gradients.context().close();
                gradients.parameters().values().forEach(INDArray::close);
                if (step == 3) {
                    System.gc();
                    early = Resident.bytes();
                }
            }
            System.gc();
            long grown = Resident.bytes() - early;
            assertThat(grown).as("2 %%, and what the JVM compiles").isLessThan(early / 50 + (16L << 20));
        }
    }
}
