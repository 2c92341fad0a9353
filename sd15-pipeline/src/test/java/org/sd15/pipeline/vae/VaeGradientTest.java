package org.sd15.pipeline.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.relativeNorm;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.Execution;
import org.sd15.testing.DifferenceQuotient;
import org.sd15.testing.Rule;

/** The autoencoder's loss against its formula, its gradients against difference quotients in float64. */
class VaeGradientTest {

    private static final VaeConfig TINY = new VaeConfig(3, 3, 2, List.of(4, 8), 1, 2, 1);
    private static final VaeLoss LOSS = new VaeLoss(2, 0.3, 0.1);

    private static INDArray pictures(DataType type) {
        return Rule.picture("picture", type, 2, 3, 4, 4);
    }

    private static INDArray noise(DataType type) {
        return Rule.input("noise", type, 2, 2, 2, 2);
    }

    private static Vae tiny(DataType type, Execution execution) {
        return new Vae(TINY, Rule.weights("vae.", type), type, execution);
    }

    /** The three means, from the distribution that encode gives and the pictures that decode gives. */
    @Test
    void theLossIsTheSumOfItsMeans() {
        try (Vae vae = tiny(DataType.DOUBLE, Execution.NATIVE);
                VaeGradient gradient = new VaeGradient(vae, LOSS)) {
            INDArray pictures = pictures(DataType.DOUBLE);
            DiagonalGaussian latents = vae.encode(pictures);
            INDArray difference =
                    vae.decode(latents.sample(noise(DataType.DOUBLE))).sub(pictures);
            double squared = difference.mul(difference).meanNumber().doubleValue();
            double absolute = Transforms.abs(difference).meanNumber().doubleValue();
            INDArray mean = latents.mean();
            INDArray logVariance = latents.logVariance();
            double divergence = mean.mul(mean)
                            .add(Transforms.exp(logVariance))
                            .sub(logVariance)
                            .sub(1)
                            .meanNumber()
                            .doubleValue()
                    / 2;
            VaeGradient.Gradients found = gradient.of(pictures, noise(DataType.DOUBLE));
            assertThat(found.squaredError()).isCloseTo(squared, within(1e-12));
            assertThat(found.divergence()).isCloseTo(divergence, within(1e-12));
            assertThat(found.loss()).isCloseTo(2 * squared + 0.3 * absolute + 0.1 * divergence, within(1e-12));
        }
    }

    @Test
    void everyParameterHasItsSlope() {
        try (Vae vae = tiny(DataType.DOUBLE, Execution.NATIVE);
                VaeGradient gradient = new VaeGradient(vae, LOSS)) {
            INDArray pictures = pictures(DataType.DOUBLE);
            INDArray noise = noise(DataType.DOUBLE);
            Map<String, INDArray> gradients = gradient.of(pictures, noise).parameters();
            assertThat(gradients.keySet()).isEqualTo(vae.weights().keySet());
            gradients.forEach((name, array) -> {
                INDArray weight = vae.weights().get(name);
                long place = weight.length() - 1;
                double slope = DifferenceQuotient.of(
                        weight,
                        place,
                        () -> Nd4j.scalar(gradient.of(pictures, noise).loss()));
                assertThat(array.getDouble(place)).as(name).isCloseTo(slope, within(1e-9 + 1e-6 * Math.abs(slope)));
            });
        }
    }

    static boolean runsFused() {
        return FusedExecution.problem().isEmpty();
    }

    @Test
    @EnabledIf("runsFused")
    void fusedGradientsAreTheNativeOnes() {
        try (Vae vae = tiny(DataType.FLOAT, Execution.NATIVE);
                Vae fused = tiny(DataType.FLOAT, FusedExecution.create());
                VaeGradient expected = new VaeGradient(vae, LOSS);
                VaeGradient found = new VaeGradient(fused, LOSS)) {
            INDArray pictures = pictures(DataType.FLOAT);
            INDArray noise = noise(DataType.FLOAT);
            Map<String, INDArray> gradients = found.of(pictures, noise).parameters();
            expected.of(pictures, noise).parameters().forEach((name, array) -> {
                if (!name.endsWith("to_k.bias")) { // adds the same to all scores of a pixel: without effect
                    assertThat(relativeNorm(gradients.get(name), array))
                            .as(name)
                            .isLessThan(1e-4);
                }
            });
        }
    }

    @Test
    void picturesMustDivide() {
        try (Vae vae = tiny(DataType.FLOAT, Execution.NATIVE);
                VaeGradient gradient = new VaeGradient(vae, LOSS)) {
            INDArray odd = Rule.picture("picture", DataType.FLOAT, 2, 3, 4, 5);
            assertThatThrownBy(() -> gradient.of(odd, noise(DataType.FLOAT)))
                    .hasMessageContaining("a picture of 5 x 4 can't be encoded: its sides must be multiples of 2");
        }
    }

    @Test
    void weightsOfALossAreChecked() {
        assertThatThrownBy(() -> new VaeLoss(0, 0, 1)).hasMessageContaining("pictures must count");
        assertThatThrownBy(() -> new VaeLoss(1, -1, 0)).hasMessageContaining("none may be negative");
    }
}
