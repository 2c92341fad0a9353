package org.sd15.attention;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.graph.Tokens;
import org.sd15.testing.BlockCase;
import org.sd15.testing.Fixture;

/** Against diffusers' {@code Attention} in PyTorch 2.15; see {@code tools/reference/README.md}. */
class CrossAttentionTest {

    @ParameterizedTest
    @CsvSource({"cross, 48, 7", "self, 32, 24"})
    void hasTheOutputAndTheGradientsOfPyTorch(String name, int contextDim, int contextTokens) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            Fixture file = Fixture.of("sd15-attention", name);
            boolean self = name.equals("self");
            var differences = BlockCase.compare(file, type, (scope, input) -> {
                Tokens image = Tokens.of(input.apply("x"), 24, 32);
                Tokens context = self ? image : Tokens.of(input.apply("context"), contextTokens, contextDim);
                return CrossAttention.of(32, contextDim, 4, 8)
                        .apply(scope, image, context)
                        .array();
            });
            assertThat(differences.output()).as("%s", differences).isLessThan(type == DataType.DOUBLE ? 1e-10 : 2.8e-6);
            assertThat(differences.gradient())
                    .as("%s", differences)
                    .isLessThan(type == DataType.DOUBLE ? 1e-10 : 3.6e-6);
        }
    }
}
