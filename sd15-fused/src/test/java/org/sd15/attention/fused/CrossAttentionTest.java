package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.Execution;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.BlockCase;
import org.sd15.testing.Closeness;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** Against diffusers' {@code Attention} in PyTorch 2.15; see {@code tools/reference/README.md}. */
class CrossAttentionTest {

    @ParameterizedTest
    @CsvSource({"cross, 48, 7", "self, 32, 24"})
    void hasTheOutputAndTheGradientsOfPyTorch(String name, int contextDim, int contextTokens) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            Fixture file = Fixture.of("sd15-attention", name);
            boolean self = name.equals("self");
            requireClose(type, BlockCase.compare(file, type, (scope, input) -> {
                Tokens image = Tokens.of(input.apply("x"), 24, 32);
                Tokens context = self ? image : Tokens.of(input.apply("context"), contextTokens, contextDim);
                return CrossAttention.of(32, contextDim, 4, 8)
                        .apply(scope, image, context)
                        .array();
            }));
        }
    }

    /** Both sequences, so that the result's length is read at run time too. */
    @ParameterizedTest
    @CsvSource({"cross, 48", "self, 32"})
    void ofAnyLengthItHasTheOutputAndTheGradientsOfPyTorch(String name, int contextDim) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            for (Formulations formulation : Formulations.values()) {
                Fixture file = Fixture.of("sd15-attention", name);
                requireClose(type, BlockCase.compare(file, type, formulation.execution(), (scope, input) -> {
                    Tokens image = ofAnyLength(input.apply("x"), 32);
                    Tokens context = name.equals("self") ? image : ofAnyLength(input.apply("context"), contextDim);
                    return CrossAttention.of(32, contextDim, 4, 8)
                            .apply(scope, image, context)
                            .array();
                }));
            }
        }
    }

    private static Tokens ofAnyLength(SDVariable array, int channels) {
        return new Tokens(array.reshape(-1, channels), Tokens.ANY_LENGTH, channels, array);
    }

    private static void requireClose(DataType type, BlockCase.Differences found) {
        assertThat(found.output()).as("%s", found).isLessThan(type == DataType.DOUBLE ? 1e-10 : 2.8e-6);
        assertThat(found.gradient()).as("%s", found).isLessThan(type == DataType.DOUBLE ? 1e-10 : 3.6e-6);
    }

    /** One graph for texts of several lengths, against graphs that were built for each. */
    @ParameterizedTest
    @EnumSource
    void aTextMayChangeItsLengthFromCallToCall(Formulations formulation) {
        Execution execution = formulation.execution();
        try (GraphSession any = attending(execution, -1)) {
            for (int length : new int[] {7, 1, 12, 7}) {
                Map<String, INDArray> feeds = Map.of(
                        "image", Rule.input("image", DataType.FLOAT, 2, 6, 16),
                        "text", Rule.input("text", DataType.FLOAT, 2, length, 10));
                try (GraphSession fixed = attending(execution, length)) {
                    INDArray expected = fixed.evaluate(feeds, List.of("out")).get("out");
                    INDArray found = any.evaluate(feeds, List.of("out")).get("out");
                    Closeness.assertClose("length " + length, found, expected, 2e-6);
                }
            }
        }
    }

    private static GraphSession attending(Execution execution, int length) {
        SameDiff graph = Graphs.create();
        Scope scope = Scope.of(
                graph, DataType.FLOAT, Parameters.from(Rule.weights("", DataType.FLOAT), n -> false), execution);
        Tokens image = Tokens.of(graph.placeHolder("image", DataType.FLOAT, -1, 6, 16), 16);
        Tokens text = Tokens.of(graph.placeHolder("text", DataType.FLOAT, -1, length, 10), 10);
        assertThat(image.tokens()).isEqualTo(6);
        assertThat(text.isOfAnyLength()).isEqualTo(length == -1);
        CrossAttention.of(16, 10, 4, 4)
                .apply(scope.at("attn2"), image, text)
                .array()
                .rename("out");
        return new GraphSession(graph, execution);
    }

    /** A text for each picture; one for all of them is not what a single one is taken for, and no memory behind it is read. */
    @ParameterizedTest
    @EnumSource
    void refusesAnotherNumberOfTextsThanOfPictures(Formulations formulation) {
        for (int[] batches : new int[][] {{2, 1}, {1, 2}, {4, 2}}) {
            try (GraphSession session = attending(formulation.execution(), 5)) {
                Map<String, INDArray> feeds = Map.of(
                        "image", Rule.input("image", DataType.FLOAT, batches[0], 6, 16),
                        "text", Rule.input("text", DataType.FLOAT, batches[1], 5, 10));
                assertThatThrownBy(() -> session.evaluate(feeds, List.of("out")))
                        .hasMessageContaining(
                                formulation == Formulations.FUSED
                                        ? "Attention: %d pictures of 6 image tokens ask, %d context tokens answer"
                                                .formatted(batches[0], 5 * batches[1])
                                        : "Op matmul");
            }
        }
    }

    @Test
    void refusesWhatDoesNotFitItsDimensionsOrItsScope() {
        SameDiff graph = Graphs.create();
        Scope scope = Scope.of(graph, DataType.FLOAT, Parameters.from(Rule.weights("", DataType.FLOAT), n -> false));
        Tokens image = Tokens.of(graph.placeHolder("image", DataType.FLOAT, -1, 6, 16), 16);
        Tokens wide = Tokens.of(graph.placeHolder("wide", DataType.FLOAT, -1, 5, 11), 11);
        Tokens ids = Tokens.of(graph.placeHolder("ids", DataType.LONG, -1, 5, 10), 10);
        CrossAttention attention = CrossAttention.of(16, 10, 4, 4);
        assertThatThrownBy(() -> attention.apply(scope, image, wide))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the context has 11 channels, the layer was made for 10");
        assertThatThrownBy(() -> attention.apply(scope, image, ids))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the context is of type LONG, the scope of type FLOAT");
        assertThatThrownBy(() -> new Tokens(image.rows(), Tokens.ANY_LENGTH, 16))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
