package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.control.PlannedPorts;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GradientFunction;
import org.sd15.attention.session.TrainedParameters;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** The UNet as a part of a graph that somebody else has made, beside what else is in it. */
class UNetInAnotherGraphTest {

    private static final DataType TYPE = DataType.FLOAT;
    private static final UNetConfig CONFIG = Small.config(4);
    private static final String PLACE = "student.unet";
    private static final INDArray TARGET = Rule.input("target", TYPE, 2, 4, 6, 4);

    private static UNetInput input(int tokens) {
        return new UNetInput(
                Rule.input("sample", TYPE, 2, 4, 6, 4),
                new double[] {981, 21},
                Rule.input("context", TYPE, 2, tokens, 12));
    }

    private static Map<String, INDArray> feeds(UNetInput input) {
        return Map.of(
                "latents", input.sample(),
                "text", input.context(),
                "times", TimestepEmbedding.sinusoid(input.timesteps(), 16, TYPE),
                "target", TARGET);
    }

    /** A graph as anybody makes one; its loss is added to the prediction. */
    private static TrainedParameters build(SameDiff graph, Execution execution, int tokens) {
        SDVariable latents = graph.placeHolder("latents", TYPE, -1, 4, 6, 4);
        SDVariable text = graph.placeHolder("text", TYPE, -1, tokens, 12);
        SDVariable times = graph.placeHolder("times", TYPE, -1, 16);
        var parameters = new TrainedParameters(Rule.weights("", TYPE).under(PLACE), name -> true);
        Scope scope = Scope.of(graph, TYPE, parameters, execution).at("student").at("unet");
        FeatureMap out = UNetGraph.apply(
                CONFIG, scope, FeatureMap.ofNchw(latents, 4, 6, 4), new Tokens(times, 1, 16), Tokens.of(text, 12));
        SDVariable prediction = out.nchw().rename("prediction");
        SDVariable target = graph.placeHolder("target", TYPE, -1, 4, 6, 4);
        Loss.SQUARED_ERROR.of(prediction, target).mean().rename("loss");
        return parameters;
    }

    @ParameterizedTest
    @EnumSource
    void hasTheOutputAndAllGradientsOfTheUNetBitByBit(Formulations formulation) {
        Execution execution = formulation.execution();
        SameDiff graph = SameDiff.create();
        TrainedParameters parameters = build(graph, execution, Small.TOKENS);
        UNetInput input = input(Small.TOKENS);
        List<String> variables = new ArrayList<>(parameters.names());
        variables.addAll(List.of("latents", "text"));
        try (UNet unet = new UNet(CONFIG, Rule.weights("", TYPE), TYPE, execution);
                GradientFunction function = GradientFunction.of(graph, "loss", variables, execution)) {
            var found = function.evaluate(feeds(input), variables, List.of("prediction", "loss"));
            UNetGradients expected = unet.gradient(input, TARGET, name -> true);
            assertSameBits("prediction", found.output("prediction"), unet.predict(input));
            assertThat(found.output("loss").getDouble(0)).isEqualTo(expected.loss());
            assertSameBits("sample", found.gradient("latents"), expected.sample());
            assertSameBits("context", found.gradient("text"), expected.context());
            Map<String, INDArray> gradients = parameters.gradients(found);
            assertThat(gradients).hasSameSizeAs(expected.parameters());
            expected.parameters()
                    .forEach((name, gradient) -> assertSameBits(name, gradients.get(PLACE + "." + name), gradient));
        }
    }

    /** By SameDiff's own methods, with texts of several lengths in one graph. */
    @Test
    void sameDiffItselfEvaluatesAndDifferentiatesItForTextsOfAnyLength() {
        SameDiff graph = SameDiff.create();
        build(graph, Execution.NATIVE, -1);
        graph.setLossVariables("loss");
        String weight = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
        try (UNet unet = new UNet(CONFIG, Rule.weights("", TYPE))) {
            for (int tokens : new int[] {9, 1}) {
                UNetInput input = input(tokens);
                Map<String, INDArray> feeds = new LinkedHashMap<>(feeds(input));
                INDArray prediction = graph.output(feeds, "prediction").get("prediction");
                assertSameBits("prediction", prediction, unet.predict(input));
                Map<String, INDArray> gradients = graph.calculateGradients(feeds, PLACE + "." + weight);
                UNetGradients expected = unet.gradient(input, TARGET, weight::equals);
                assertSameBits(weight, gradients.get(PLACE + "." + weight), expected.parameter(weight));
            }
        }
    }

    /** There attention is in plain operations, whose bits are others. */
    @Test
    void theFusedFormulationTakesTextsOfAnyLength() {
        Execution execution = Formulations.FUSED.execution();
        SameDiff graph = SameDiff.create();
        TrainedParameters parameters = build(graph, execution, -1);
        List<String> variables = new ArrayList<>(parameters.names());
        variables.addAll(List.of("latents", "text"));
        try (UNet unet = new UNet(CONFIG, Rule.weights("", TYPE), TYPE, execution);
                GradientFunction function = GradientFunction.of(graph, "loss", variables, execution)) {
            for (int tokens : new int[] {Small.TOKENS, 9}) {
                UNetInput input = input(tokens);
                var found = function.evaluate(feeds(input), variables, List.of("prediction"));
                UNetGradients expected = unet.gradient(input, TARGET, name -> true);
                assertClose("prediction", found.output("prediction"), unet.predict(input), 5e-6);
                assertClose("context", found.gradient("text"), expected.context(), 1e-5);
            }
        }
    }

    @Test
    void severalStandInOneGraph() {
        SameDiff graph = SameDiff.create();
        SDVariable latents = graph.placeHolder("latents", TYPE, -1, 4, 6, 4);
        Tokens text = Tokens.of(graph.placeHolder("text", TYPE, -1, -1, 12), 12);
        Tokens times = new Tokens(graph.placeHolder("times", TYPE, -1, 16), 1, 16);
        UNetInput input = input(3);
        for (String name : new String[] {"a", "b"}) {
            Parameters parameters = Parameters.from(Rule.weights(name, TYPE).under(name), any -> false);
            Scope scope = Scope.of(graph, TYPE, parameters).at(name);
            UNetGraph.apply(CONFIG, scope, FeatureMap.ofNchw(latents, 4, 6, 4), times, text)
                    .nchw()
                    .rename("out of " + name);
        }
        Map<String, INDArray> feeds = new LinkedHashMap<>(feeds(input));
        feeds.remove("target");
        Map<String, INDArray> values = graph.output(feeds, "out of a", "out of b");
        for (String name : new String[] {"a", "b"}) {
            try (UNet unet = new UNet(CONFIG, Rule.weights(name, TYPE))) {
                assertSameBits(name, values.get("out of " + name), unet.predict(input));
            }
        }
    }

    @Test
    void hasTheAttentionPortsOfAPlan() {
        SameDiff graph = SameDiff.create();
        List<AttentionSite> sites = CONFIG.sites(6, 4, Small.TOKENS);
        AttentionSite site = sites.get(1);
        AttentionPlan plan = AttentionPlan.PLAIN.bias(sites, site::equals);
        Scope scope = Scope.of(
                        graph, TYPE, Parameters.from(Rule.weights("", TYPE).under("unet"), name -> false))
                .withPorts(new PlannedPorts(graph, TYPE, plan, sites).under("unet"))
                .at("unet");
        UNetGraph.apply(
                        CONFIG,
                        scope,
                        FeatureMap.ofNchw(graph.placeHolder("latents", TYPE, -1, 4, 6, 4), 4, 6, 4),
                        new Tokens(graph.placeHolder("times", TYPE, -1, 16), 1, 16),
                        Tokens.of(graph.placeHolder("text", TYPE, -1, Small.TOKENS, 12), 12))
                .nchw()
                .rename("prediction");
        UNetInput input = input(Small.TOKENS);
        INDArray bias = Rule.input("bias", TYPE, 2, 1, site.queries(), site.keys());
        AttentionControl control = AttentionControl.identity(2).bias(site::equals, bias);
        Map<String, INDArray> feeds = new LinkedHashMap<>(feeds(input));
        feeds.remove("target");
        feeds.putAll(control.feeds(plan, sites, TYPE));
        Map<String, INDArray> values = graph.output(feeds, "prediction", site.probs());
        try (UNet unet = new UNet(CONFIG, Rule.weights("", TYPE))) {
            UNetOutput expected = unet.predict(input, plan, control, List.of(site.probs()));
            assertSameBits("prediction", values.get("prediction"), expected.sample());
            assertSameBits("map", values.get(site.probs()), expected.tap(site.probs()));
        }
    }

    @Test
    void refusesWhatHasAnotherWidth() {
        SameDiff graph = SameDiff.create();
        Scope scope = Scope.of(graph, TYPE, Parameters.from(Rule.weights("", TYPE), name -> false));
        FeatureMap latents = FeatureMap.ofNchw(graph.placeHolder("latents", TYPE, -1, 4, 6, 4), 4, 6, 4);
        Tokens times = new Tokens(graph.placeHolder("times", TYPE, -1, 16), 1, 16);
        Tokens text = Tokens.of(graph.placeHolder("text", TYPE, -1, -1, 12), 12);
        assertRefused(() -> UNetGraph.apply(Small.config(9), scope, latents, times, text), "the sample is 4 channels");
        assertRefused(() -> UNetGraph.apply(CONFIG, scope, latents, text, text), "the sinusoid is 12 channels wide");
        assertRefused(() -> UNetGraph.apply(CONFIG, scope, latents, times, times), "takes 12 (cross_attention_dim)");
        Scope half = Scope.of(graph, DataType.HALF, Parameters.from(Rule.weights("", TYPE), name -> false));
        assertRefused(() -> UNetGraph.apply(CONFIG, half, latents, times, text), "nothing computes in HALF");
    }

    private static void assertRefused(Runnable call, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
