package org.sd15.pipeline.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.LowRank;
import org.sd15.testing.Rule;

/** Against central differences in float64. */
class ClipTextGradientTest {

    private static final ClipTextConfig CONFIG = new ClipTextConfig(20, 8, 16, 2, 2, 6, 1e-5);

    private static final int[][] IDS = {{1, 7, 4, 7, 2, 2}, {1, 3, 7, 2, 2, 2}};

    @Test
    void tokensWeightsAndAdditionsHaveTheirSlopes() {
        Adapters adapters = Adapters.on(path -> path.contains("self_attn"), new LowRank(2, 2));
        try (ClipTextEncoder encoder =
                        new ClipTextEncoder(CONFIG, Rule.weights("", DataType.DOUBLE), DataType.DOUBLE, adapters);
                ClipTextGradient gradient = new ClipTextGradient(encoder, name -> true)) {
            INDArray cotangent = Rule.input("cotangent", DataType.DOUBLE, 2, 6, 8);
            DoubleSupplier sum =
                    () -> encoder.encode(IDS).mul(cotangent).sumNumber().doubleValue();
            ClipTextGradient.Gradients found = gradient.of(IDS, cotangent);
            assertThat(found.parameters().keySet())
                    .isEqualTo(encoder.weights().keySet())
                    .contains("text_model.encoder.layers.1.self_attn.q_proj.lora_A.weight");
            found.parameters()
                    .forEach((name, array) -> assertSlope(encoder.weights().get(name), array, sum));
            INDArray token = encoder.weights()
                    .get("text_model.embeddings.token_embedding.weight")
                    .getRow(7);
            INDArray places = found.embeddings()
                    .slice(0)
                    .getRow(1)
                    .add(found.embeddings().slice(0).getRow(3))
                    .add(found.embeddings().slice(1).getRow(2));
            assertSlope(token, places, sum);
            INDArray table = found.parameters().get("text_model.embeddings.token_embedding.weight");
            assertSlope(token, table.getRow(7).dup(), sum);
            assertThat(table.getRow(5).norm2Number().doubleValue()).isZero(); // no text has it
            assertSlope(
                    encoder.weights()
                            .get("text_model.embeddings.position_embedding.weight")
                            .getRow(3),
                    found.parameters()
                            .get("text_model.embeddings.position_embedding.weight")
                            .getRow(3)
                            .dup(),
                    sum);
        }
    }

    /** Three elements each; the array is changed and put back. */
    private static void assertSlope(INDArray variable, INDArray gradient, DoubleSupplier sum) {
        double scale = gradient.norm2Number().doubleValue() / Math.sqrt(gradient.length())
                + 1e-3; // the bias of keys has no effect
        INDArray slopes = gradient.dup('c');
        for (int i = 0; i < 3; i++) {
            long at = i * (variable.length() - 1) / 2;
            double before = variable.getDouble(at);
            variable.putScalar(at, before + 1e-5);
            double above = sum.getAsDouble();
            variable.putScalar(at, before - 1e-5);
            double slope = (above - sum.getAsDouble()) / 2e-5;
            variable.putScalar(at, before);
            assertThat(Math.abs(slopes.getDouble(at) - slope) / (Math.abs(slope) + scale))
                    .isLessThan(1e-6);
        }
    }
}
