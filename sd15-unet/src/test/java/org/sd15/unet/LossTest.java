package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.control.AttentionControl;
import org.sd15.attention.control.AttentionPlan;
import org.sd15.attention.control.AttentionSite;
import org.sd15.testing.DifferenceQuotient;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** Losses of one's own, as a function over the graph's variables and as cotangents, through all of the UNet. */
class LossTest {

    private static final AttentionControl NONE = AttentionControl.identity(2);

    /** Quadratic up to a difference of 1, linear beyond: {@code m (d - m / 2)} with {@code m = min(d, 1)}. */
    static final Loss HUBER = (prediction, target) -> {
        var math = prediction.getSameDiff().math;
        SDVariable distance = math.abs(prediction.sub(target));
        SDVariable most = math.clipByValue(distance, 0, 1);
        return Loss.perPicture(most.mul(distance.sub(most.mul(0.5))));
    };

    private static UNetInput input(DataType type) {
        return new UNetInput(
                Rule.input("loss.sample", type, 2, 4, 6, 4),
                new double[] {500, 20},
                Rule.input("loss.context", type, 2, Small.TOKENS, 12));
    }

    private static UNet unet(DataType type, Formulations formulation) {
        return new UNet(Small.config(4), Rule.weights("", type), type, formulation.execution());
    }

    /** The same in plain Java, from what the UNet predicts. */
    private static double huber(INDArray prediction, Target target) {
        double sum = 0;
        for (int row = 0; row < 2; row++) {
            double[] found = prediction.slice(row).dup('c').data().asDouble();
            double[] wanted = target.values().slice(row).dup('c').data().asDouble();
            double ofPicture = 0;
            for (int i = 0; i < found.length; i++) {
                double d = Math.abs(found[i] - wanted[i]);
                ofPicture += d <= 1 ? d * d / 2 : d - 0.5;
            }
            sum += target.weights()[row] * ofPicture / found.length;
        }
        return sum / 2;
    }

    @Test
    void parameterGradientsOfHubersLossAreDifferenceQuotients() {
        UNetInput input = input(DataType.DOUBLE);
        Target target = Target.of(Rule.input("loss.target", DataType.DOUBLE, 2, 4, 6, 4))
                .weighted(0.3, 2)
                .by(HUBER);
        try (UNet unet = unet(DataType.DOUBLE, Formulations.NATIVE)) {
            INDArray distance = Nd4j.math().abs(unet.predict(input).sub(target.values()));
            assertThat(distance.minNumber().doubleValue()).isLessThan(1);
            assertThat(distance.maxNumber().doubleValue()).isGreaterThan(1); // both branches
            UNetGradients found = unet.gradient(input, target, name -> true, Checkpointing.NONE);
            DoubleSupplier loss = () -> huber(unet.predict(input), target);
            assertThat(found.loss()).isCloseTo(loss.getAsDouble(), within(1e-12));
            assertThat(found.errors()).hasSize(2);
            assertThat((0.3 * found.errors().get(0) + 2 * found.errors().get(1)) / 2)
                    .isCloseTo(found.loss(), within(1e-12));
            assertSlopes(40, unet, found.parameters(), loss);
        }
    }

    /** A loss that no graph of ours knows: the gradient of a scalar goes in as cotangents, those of parameters come out. */
    @Test
    void parameterGradientsOfProductsWithCotangentsAreDifferenceQuotients() {
        UNetInput input = input(DataType.DOUBLE);
        try (UNet unet = unet(DataType.DOUBLE, Formulations.NATIVE)) {
            AttentionSite site = unet.sites(6, 4, Small.TOKENS).get(1);
            Map<String, INDArray> cotangents = Map.of(
                    "out",
                    Rule.input("cotangent.out", DataType.DOUBLE, 2, 4, 6, 4),
                    "down_blocks.0.res.0",
                    Rule.input("cotangent.res", DataType.DOUBLE, 2, 6, 4, 16),
                    "time_embedding",
                    Rule.input("cotangent.time", DataType.DOUBLE, 2, 64),
                    site.probs(),
                    Rule.input("cotangent.probs", DataType.DOUBLE, 2, 4, 24, Small.TOKENS));
            UNetGradients found = unet.vjp(input, AttentionPlan.PLAIN, NONE, cotangents, name -> true);
            DoubleSupplier loss = () -> unet.read(input, cotangents.keySet()).entrySet().stream()
                    .mapToDouble(entry -> entry.getValue()
                            .mul(cotangents.get(entry.getKey()))
                            .sumNumber()
                            .doubleValue())
                    .sum();
            assertThat(found.loss()).isCloseTo(loss.getAsDouble(), within(1e-9));
            assertThat(found.errors()).isEmpty();
            assertSlopes(15, unet, found.parameters(), loss);
        }
    }

    /** Some elements, each of another parameter. */
    private static void assertSlopes(int elements, UNet unet, Map<String, INDArray> gradients, DoubleSupplier loss) {
        assertThat(gradients).containsOnlyKeys(unet.weights().keySet());
        Random random = new Random(3);
        List<String> names = new ArrayList<>(gradients.keySet());
        for (int i = 0; i < elements; i++) {
            String name = names.remove(random.nextInt(names.size()));
            INDArray weight = unet.weights().get(name);
            long at = random.nextInt(Math.toIntExact(weight.length()));
            double slope = DifferenceQuotient.of(weight, at, () -> Nd4j.scalar(DataType.DOUBLE, loss.getAsDouble()));
            INDArray gradient = gradients.get(name);
            double scale = gradient.norm2Number().doubleValue() / Math.sqrt(gradient.length());
            double error = Math.abs(gradient.reshape(gradient.length()).getDouble(at) - slope);
            assertThat(error / (Math.abs(slope) + scale)).as(name).isLessThan(1e-6);
        }
    }

    /** The slope of Huber's loss is its difference, cut off at 1. */
    @ParameterizedTest
    @EnumSource
    void aLossIsTheProductWithItsOwnSlope(Formulations formulation) {
        UNetInput input = input(DataType.FLOAT);
        INDArray values = Rule.input("loss.target", DataType.FLOAT, 2, 4, 6, 4);
        Predicate<String> trained = name -> name.contains("attn2") || name.contains("conv1");
        try (UNet unet = unet(DataType.FLOAT, formulation)) {
            UNetGradients direct = unet.gradient(input, Target.of(values).by(HUBER), trained, Checkpointing.NONE);
            INDArray difference = unet.predict(input).sub(values);
            INDArray slope = Nd4j.math().clipByValue(difference, -1, 1).div(values.length());
            UNetGradients product = unet.vjp(input, AttentionPlan.PLAIN, NONE, Map.of("out", slope), trained);
            assertClose("sample", product.sample(), direct.sample(), 2e-6);
            assertClose("context", product.context(), direct.context(), 2e-6);
            assertThat(direct.parameters()).isNotEmpty();
            direct.parameters().forEach((name, gradient) -> assertClose(name, product.parameter(name), gradient, 2e-6));
            UNetGradients plain = unet.vjp(input, AttentionPlan.PLAIN, NONE, Map.of("out", slope));
            assertThat(plain.parameters()).isEmpty();
            assertSameBits("sample", plain.sample(), product.sample());
        }
    }

    @Test
    void saysWhichParameterNoCotangentDependsOn() {
        UNetInput input = input(DataType.FLOAT);
        Map<String, INDArray> early = Map.of("mid_block", Nd4j.ones(DataType.FLOAT, 2, 3, 2, 24));
        try (UNet unet = unet(DataType.FLOAT, Formulations.NATIVE)) {
            Predicate<String> last = "conv_out.bias"::equals;
            assertThatThrownBy(() -> unet.vjp(input, AttentionPlan.PLAIN, NONE, early, last))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("loss does not depend on conv_out.bias");
            assertThatThrownBy(() -> unet.vjp(input, AttentionPlan.PLAIN, NONE, Map.of(), last))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("without cotangents");
        }
    }

    @Test
    void aLossHasOneValueForEachPicture() {
        Target target = Target.of(Rule.input("loss.target", DataType.FLOAT, 2, 4, 6, 4));
        try (UNet unet = unet(DataType.FLOAT, Formulations.NATIVE)) {
            Loss scalar = (prediction, values) -> prediction.sub(values).mean();
            assertThatThrownBy(() ->
                            unet.gradient(input(DataType.FLOAT), target.by(scalar), name -> false, Checkpointing.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("what the loss returned has shape [], must be [2]");
        }
    }
}
