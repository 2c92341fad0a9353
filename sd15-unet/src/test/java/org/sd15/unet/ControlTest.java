package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionControl.TokenMap;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** Control of attention changes what it should and nothing else; true for any weights and in both formulations. */
@ParameterizedClass
@EnumSource
class ControlTest {

    @Parameter
    private Formulations formulation = Formulations.NATIVE;

    private static final Predicate<AttentionSite> EVERYWHERE = site -> true;
    private static final Predicate<AttentionSite> SELF = site -> !site.isCross();

    @Test
    void identityControlGivesTheBitsOfThePlainGraph() {
        try (UNet unet = TinySd.unet(formulation)) {
            UNetInput input = TinySd.rows(3, 16, 16);
            List<AttentionSite> sites = unet.sites(16, 16, 77);
            AttentionPlan all = AttentionPlan.PLAIN
                    .route(sites, EVERYWHERE)
                    .map(sites, EVERYWHERE)
                    .bias(sites, EVERYWHERE);
            INDArray controlled = unet.predict(input, all, AttentionControl.identity(3), List.of())
                    .sample();
            assertSameBits("prediction", controlled, unet.predict(input));
        }
    }

    @Test
    void readingMapsDoesNotChangeThePrediction() {
        try (UNet unet = TinySd.unet(formulation)) {
            UNetInput input = TinySd.rows(2, 16, 16);
            List<String> taps =
                    unet.sites(16, 16, 77).stream().map(AttentionSite::rawProbs).toList();
            UNetOutput output = unet.predict(input, AttentionPlan.PLAIN, AttentionControl.identity(2), taps);
            assertSameBits("prediction", output.sample(), unet.predict(input));
            assertThat(output.taps()).hasSize(32);
        }
    }

    @Test
    void rawAndEditedMapsDifferByTheEditOnly() {
        try (UNet unet = TinySd.unet(formulation)) {
            UNetInput input = TinySd.rows(2, 8, 8);
            List<AttentionSite> sites = unet.sites(8, 8, 77);
            AttentionSite site = sites.get(1);
            TokenMap halved = map(2, 0, 0.5);
            AttentionControl control = AttentionControl.identity(2).map(site::equals, halved);
            AttentionPlan plan = AttentionPlan.PLAIN.map(sites, site::equals);
            UNetOutput output = unet.predict(input, plan, control, List.of(site.probs(), site.rawProbs()));
            assertSameBits(
                    "halved",
                    output.tap(site.probs()),
                    output.tap(site.rawProbs()).mul(0.5));
            assertClose("rows sum to one", output.tap(site.rawProbs()).sum(3), Nd4j.ones(2, 8, 64), 1e-6);
        }
    }

    @Test
    void aRoutedRowAttendsAsItsSourceDoes() {
        try (UNet unet = TinySd.unet(formulation)) {
            UNetInput input = TinySd.rows(2, 8, 8);
            List<AttentionSite> sites = unet.sites(8, 8, 77);
            INDArray firstForBoth = Nd4j.createFromArray(new float[][] {{1, 0}, {1, 0}});
            AttentionControl control = AttentionControl.identity(2)
                    .routeQueries(SELF, firstForBoth)
                    .routeKeys(SELF, firstForBoth);
            AttentionPlan plan = AttentionPlan.PLAIN.route(sites, SELF);
            List<String> taps =
                    sites.stream().filter(SELF).map(AttentionSite::probs).toList();
            UNetOutput output = unet.predict(input, plan, control, taps);
            for (String tap : taps) {
                INDArray probs = output.tap(tap);
                assertClose(tap, probs.slice(1), probs.slice(0), 1e-6);
            }
            assertSameBits(
                    "source row", output.sample().slice(0), unet.predict(input).slice(0));
        }
    }

    @Test
    void masksKeepForegroundAndBackgroundApart() {
        try (UNet unet = TinySd.unet(formulation)) {
            List<AttentionSite> sites = unet.sites(8, 8, 77);
            AttentionSite site = sites.get(0);
            INDArray foreground = Nd4j.zeros(DataType.FLOAT, 1, 1, 64, 1);
            for (int i = 0; i < 20; i++) {
                foreground.putScalar(0, 0, i, 0, 1);
            }
            AttentionControl control =
                    AttentionControl.identity(1).masks(site::equals, foreground, foreground.reshape(1, 1, 1, 64));
            UNetOutput output = unet.predict(
                    TinySd.rows(1, 8, 8),
                    AttentionPlan.PLAIN.bias(sites, site::equals),
                    control,
                    List.of(site.probs()));
            INDArray probs = output.tap(site.probs());
            for (int q = 0; q < 64; q++) {
                for (int k = 0; k < 64; k++) {
                    boolean together = (q < 20) == (k < 20);
                    assertThat(probs.getDouble(0, 0, q, k) > 0)
                            .as("%d to %d", q, k)
                            .isEqualTo(together);
                }
            }
        }
    }

    @Test
    void refusesToReadAMapThatIsComputedInPartsUnlessItIsPlanned() {
        try (UNet unet =
                new UNet(Small.config(4), Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution())) {
            UNetInput input = Small.input(48, 48);
            AttentionControl none = AttentionControl.identity(1);
            List<AttentionSite> sites = unet.sites(48, 48, Small.TOKENS);
            AttentionSite large = sites.get(0);
            assertThat(large.mapBytes()).isGreaterThan(64L << 20);
            assertThatThrownBy(() -> unet.predict(input, AttentionPlan.PLAIN, none, List.of(large.probs())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("attn/0/self/probs is a map of 4 heads x 2304 x 2304, 81 MiB a picture")
                    .hasMessageContaining("whole");
            AttentionPlan forced = AttentionPlan.PLAIN.whole(sites, large::equals);
            UNetOutput whole = unet.predict(input, forced, none, List.of(large.probs()));
            assertThat(whole.tap(large.probs()).shape()).containsExactly(1, 4, 2304, 2304);
            assertClose("in parts", unet.predict(input), whole.sample(), 1e-6);
        }
    }

    @Test
    void refusesControlsThatThePlanHasNoPortFor() {
        try (UNet unet = TinySd.unet(formulation)) {
            AttentionControl control = AttentionControl.identity(1).routeKeys(EVERYWHERE, Nd4j.eye(1));
            assertThatThrownBy(() -> unet.predict(TinySd.rows(1, 8, 8), AttentionPlan.PLAIN, control, List.of()))
                    .hasMessageContaining(
                            "control/0/self/route_key is set, but the plan of the graph has no such port");
        }
    }

    @Test
    void refusesArraysOfTheWrongShape() {
        try (UNet unet = TinySd.unet(formulation)) {
            List<AttentionSite> sites = unet.sites(8, 8, 77);
            AttentionControl control = AttentionControl.identity(2).routeKeys(SELF, Nd4j.eye(3));
            AttentionPlan plan = AttentionPlan.PLAIN.route(sites, SELF);
            assertThatThrownBy(() -> unet.predict(TinySd.rows(2, 8, 8), plan, control, List.of()))
                    .hasMessageContaining("has shape [3, 3], the site needs [2, 2]");
            assertThatThrownBy(() -> unet.predict(TinySd.rows(1, 8, 8), plan, control, List.of()))
                    .hasMessage("the control is for 2 pictures, the input has 1");
        }
    }

    @Test
    void allGraphsReadTheSameWeightArrays() {
        try (UNet unet = TinySd.unet(formulation)) {
            List<AttentionSite> sites = unet.sites(8, 8, 77);
            AttentionPlan controlled = AttentionPlan.PLAIN.route(sites, SELF).map(sites, EVERYWHERE);
            List<BuiltGraph> graphs = List.of(
                    unet.graphs().of(TinySd.rows(1, 8, 8), AttentionPlan.PLAIN, new BuiltGraph.Objective.None()),
                    unet.graphs().of(TinySd.rows(1, 8, 8), controlled, new BuiltGraph.Objective.None()),
                    unet.graphs()
                            .of(
                                    TinySd.rows(1, 8, 8),
                                    AttentionPlan.PLAIN,
                                    new BuiltGraph.Objective.Deviation(Loss.SQUARED_ERROR, Set.of("conv_in.weight"))));
            for (Map.Entry<String, INDArray> weight : unet.weights().entrySet()) {
                long address = weight.getValue().data().address();
                for (BuiltGraph graph : graphs) {
                    assertThat(graph.weightAddresses(weight.getKey()))
                            .as(weight.getKey())
                            .isNotEmpty()
                            .allMatch(other -> other == address);
                }
            }
        }
    }

    private static TokenMap map(int batch, double mixed, double own) {
        return new TokenMap(
                Nd4j.eye(batch),
                Nd4j.eye(77).reshape(1, 77, 77).repeat(0, batch),
                Nd4j.valueArrayOf(new long[] {batch, 1, 1, 77}, mixed, DataType.FLOAT),
                Nd4j.valueArrayOf(new long[] {batch, 1, 1, 77}, own, DataType.FLOAT));
    }
}
