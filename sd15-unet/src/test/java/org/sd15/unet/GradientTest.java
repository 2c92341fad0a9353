package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionControl.TokenMap;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.LowRank;
import org.sd15.attention.graph.Weights;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** Gradients against central differences in float64, and against each other. */
class GradientTest {

    private static final AttentionControl NONE = AttentionControl.identity(1);

    @Test
    void theVectorJacobianProductIsTheSlopeInLatentsAndText() {
        try (UNet unet = new UNet(Small.config(4), Rule.weights("", DataType.DOUBLE), DataType.DOUBLE)) {
            UNetInput input = doubles(Small.input(6, 4));
            List<AttentionSite> sites = unet.sites(6, 4, Small.TOKENS);
            AttentionSite tapped = sites.get(7);
            AttentionPlan plan = AttentionPlan.PLAIN
                    .route(sites, site -> true)
                    .map(sites, site -> true)
                    .bias(sites, site -> true);
            AttentionControl control = controls(tapped);
            Map<String, INDArray> cotangents = Map.of(
                    "out",
                    Rule.input("cotangent.out", DataType.DOUBLE, 1, 4, 6, 4),
                    tapped.probs(),
                    Rule.input("cotangent.tap", DataType.DOUBLE, 1, 4, 24, Small.TOKENS));
            UNetGradients gradients = unet.vjp(input, plan, control, cotangents);
            DoubleSupplier loss = () -> {
                UNetOutput output = unet.predict(input, plan, control, List.of(tapped.probs()));
                return output.sample().mul(cotangents.get("out")).sumNumber().doubleValue()
                        + output.tap(tapped.probs())
                                .mul(cotangents.get(tapped.probs()))
                                .sumNumber()
                                .doubleValue();
            };
            assertThat(gradients.loss()).isCloseTo(loss.getAsDouble(), within(1e-9));
            assertSlopes(input.sample(), gradients.sample(), loss);
            assertSlopes(input.context(), gradients.context(), loss);
        }
    }

    private static AttentionControl controls(AttentionSite site) {
        INDArray scaled = Nd4j.createFromArray(new double[][] {{0.7}});
        int keys = Small.TOKENS;
        return NONE.routeKeys(any -> true, scaled)
                .routeValues(any -> true, scaled)
                .bias(site::equals, Rule.input("bias", DataType.DOUBLE, 1, 1, 24, keys))
                .map(
                        site::equals,
                        new TokenMap(
                                scaled,
                                Rule.input("matrix", DataType.DOUBLE, 1, keys, keys),
                                Rule.input("mixed", DataType.DOUBLE, 1, 1, 1, keys),
                                Rule.input("own", DataType.DOUBLE, 1, 1, 1, keys)));
    }

    @Test
    void trainedWeightsHaveTheirSlopesAndOthersNone() {
        Weights rule = Rule.weights("", DataType.DOUBLE);
        try (UNet unet = new UNet(Small.config(4), rule, DataType.DOUBLE)) {
            UNetInput input = doubles(Small.input(6, 4));
            INDArray target = Rule.input("target", DataType.DOUBLE, 1, 4, 6, 4);
            UNetGradients gradients = unet.gradient(input, target, name -> name.contains("down_blocks.0"));
            assertThat(gradients.parameters().keySet()).allMatch(name -> name.startsWith("down_blocks.0"));
            DoubleSupplier loss = () -> {
                INDArray error = unet.predict(input).sub(target);
                return error.mul(error).sumNumber().doubleValue() / error.length();
            };
            assertThat(gradients.loss()).isCloseTo(loss.getAsDouble(), within(1e-12));
            for (String name : List.of(
                    "down_blocks.0.resnets.0.conv1.weight",
                    "down_blocks.0.attentions.0.proj_in.weight",
                    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
                    "down_blocks.0.downsamplers.0.conv.bias")) {
                assertSlopes(unet.weights().get(name), gradients.parameter(name), loss);
            }
        }
    }

    /** On linear layers, 1x1 convolutions and convolutions of both strides; errors weighed picture by picture. */
    @Test
    void lowRankAdditionsHaveTheirSlopes() {
        Adapters adapters = Adapters.on(path -> true, new LowRank(2, 3));
        Weights rule = Rule.weights("", DataType.DOUBLE);
        try (UNet unet = new UNet(Small.config(4), rule, DataType.DOUBLE, adapters)) {
            UNetInput input = doubles(Small.input(6, 4));
            UNetInput both = new UNetInput(
                    Nd4j.concat(0, input.sample(), input.sample().mul(0.5)),
                    new double[] {500, 20},
                    Nd4j.concat(0, input.context(), input.context().neg()));
            INDArray target = Rule.input("target", DataType.DOUBLE, 2, 4, 6, 4);
            double[] weights = {0.3, 2};
            UNetGradients gradients = unet.gradient(
                    both, Target.of(target).weighted(weights), name -> name.contains("lora_"), Checkpointing.NONE);
            DoubleSupplier loss = () -> {
                INDArray error = unet.predict(both).sub(target);
                INDArray each = error.mul(error).mean(1, 2, 3);
                return (weights[0] * each.getDouble(0) + weights[1] * each.getDouble(1)) / 2;
            };
            assertThat(gradients.loss()).isCloseTo(loss.getAsDouble(), within(1e-12));
            for (String layer : List.of(
                    "down_blocks.0.resnets.0.conv1",
                    "down_blocks.0.attentions.0.proj_in",
                    "down_blocks.0.downsamplers.0.conv",
                    "up_blocks.0.resnets.0.conv_shortcut",
                    "up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_k",
                    "time_embedding.linear_1")) {
                for (String leaf : List.of(LowRank.DOWN, LowRank.UP)) {
                    String name = layer + "." + leaf;
                    assertSlopes(unet.weights().get(name), gradients.parameter(name), loss);
                }
            }
        }
    }

    @Test
    void lowRankAdditionsOfZeroChangeNoBit() {
        Weights rule = Rule.weights("", DataType.FLOAT);
        Weights zero = spec -> spec.name().endsWith(LowRank.UP) ? Nd4j.zeros(spec.shape()) : rule.get(spec);
        try (UNet plain = new UNet(Small.config(4), rule);
                UNet adapted =
                        new UNet(Small.config(4), zero, DataType.FLOAT, Adapters.on(path -> true, new LowRank(2, 3)))) {
            UNetInput input = Small.input(6, 4);
            assertSameBits("out", adapted.predict(input), plain.predict(input));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theMeanSquaredErrorIsTheProductWithItsOwnSlope(Formulations formulation) {
        try (UNet unet = TinySd.unet(formulation)) {
            UNetInput input = TinySd.rows(2, 8, 8);
            INDArray target = Rule.input("target", DataType.FLOAT, 2, 4, 8, 8);
            INDArray slope = unet.predict(input).sub(target).mul(2.0 / target.length());
            UNetGradients product =
                    unet.vjp(input, AttentionPlan.PLAIN, AttentionControl.identity(2), Map.of("out", slope));
            UNetGradients direct = unet.gradient(input, target, name -> false);
            assertClose("sample", product.sample(), direct.sample(), 1e-6);
            assertClose("context", product.context(), direct.context(), 1e-6);
        }
    }

    @ParameterizedTest
    @EnumSource
    void blocksAfterTheLastTapAreNotComputed(Formulations formulation) {
        Weights poisoned = spec -> {
            INDArray array = Rule.tensor(spec.name(), DataType.FLOAT, spec.shape());
            return spec.name().matches("up_blocks\\.[23].*|conv_.*out.*") ? array.assign(Double.NaN) : array;
        };
        try (UNet unet = new UNet(TinySd.config(), poisoned, DataType.FLOAT, formulation.execution())) {
            UNetInput input = TinySd.rows(1, 16, 16);
            AttentionSite last = unet.sites(16, 16, 77).get(2 * 9 + 1);
            assertThat(last.height()).isEqualTo(4);
            INDArray cotangent = Nd4j.ones(DataType.FLOAT, 1, 8, 16, 77);
            UNetGradients gradients = unet.vjp(input, AttentionPlan.PLAIN, NONE, Map.of(last.probs(), cotangent));
            assertThat(gradients.sample().sumNumber().doubleValue()).isFinite();
            INDArray map = unet.read(input, List.of(last.probs())).get(last.probs());
            assertThat(map.shape()).isEqualTo(cotangent.shape());
            assertThat(map.sumNumber().doubleValue()).isCloseTo(8 * 16, within(1e-3)); // each row adds up to 1
            assertThatThrownBy(() -> unet.predict(input))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContaining("the weight up_blocks.2.resnets.0.norm1.weight is NaN");
        }
    }

    private static UNetInput doubles(UNetInput input) {
        return new UNetInput(
                input.sample().castTo(DataType.DOUBLE),
                input.timesteps(),
                input.context().castTo(DataType.DOUBLE));
    }

    /** Compares twenty elements with central differences; changes the array and puts it back. */
    /** Along four directions, in each of which all elements of the variable move, up or down by the same amount. */
    private static void assertSlopes(INDArray variable, INDArray gradient, DoubleSupplier loss) {
        Random random = new Random(7);
        INDArray before = variable.dup('c');
        INDArray flatGradient = gradient.dup('c').reshape(gradient.length());
        double scale = gradient.norm2Number().doubleValue() / Math.sqrt(gradient.length());
        for (int i = 0; i < 4; i++) {
            double[] signs = random.doubles(variable.length())
                    .map(draw -> (draw < 0.5 ? -1 : 1) / Math.sqrt(variable.length()))
                    .toArray();
            INDArray direction = Nd4j.createFromArray(signs);
            double step = 1e-5;
            variable.addi(direction.mul(step).reshape('c', variable.shape()));
            double above = loss.getAsDouble();
            variable.subi(direction.mul(2 * step).reshape('c', variable.shape()));
            double slope = (above - loss.getAsDouble()) / (2 * step);
            variable.assign(before);
            double found = flatGradient.mul(direction).sumNumber().doubleValue();
            assertThat(Math.abs(found - slope) / (Math.abs(slope) + scale)).isLessThan(1e-7);
        }
    }
}
