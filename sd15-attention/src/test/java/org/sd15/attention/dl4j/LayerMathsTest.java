package org.sd15.attention.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.Graphs;
import org.sd15.attention.graph.Parameters;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.attention.session.GraphSession;
import org.sd15.testing.Rule;

/** What the layer computes, by itself in a network: the attention, whatever the arrays look like, and what masks do to it. */
class LayerMathsTest {

    private static final int BATCH = 2;
    private static final int HEIGHT = 4;
    private static final int WIDTH = 6;
    private static final int WORDS = 5;
    private static final int QUERY_DIM = 16;
    private static final int CONTEXT_DIM = 12;
    private static final CrossAttention ATTENTION = CrossAttention.of(QUERY_DIM, CONTEXT_DIM, 4, 3);

    private final INDArray image = Rule.input("maths.image", DataType.FLOAT, BATCH, HEIGHT * WIDTH, QUERY_DIM);
    private final INDArray text = Rule.input("maths.text", DataType.FLOAT, BATCH, WORDS, CONTEXT_DIM);

    /** How the image lies in its array. */
    enum Image {
        NCHW,
        NCW,
        NWC;

        INDArray of(INDArray tokens) {
            INDArray channelsFirst = tokens.permute(0, 2, 1).dup('c');
            return switch (this) {
                case NCHW -> channelsFirst.reshape(tokens.size(0), tokens.size(2), HEIGHT, WIDTH);
                case NCW -> channelsFirst;
                case NWC -> tokens;
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void hasEveryBitOfTheSameAttentionInAnyOtherGraph(Image format) {
        INDArray expected = format.of(attended());
        assertSameBits("output", run(format, RNNFormat.NWC, text, null), expected);
        assertSameBits("output", run(format, RNNFormat.NCW, text.permute(0, 2, 1), null), expected);
    }

    private INDArray attended() {
        SameDiff graph = Graphs.create();
        var scope =
                Scope.of(graph, DataType.FLOAT, Parameters.from(Rule.weights("maths/", DataType.FLOAT), name -> false));
        var tokens = Tokens.of(
                graph.placeHolder("image", DataType.FLOAT, -1, HEIGHT * WIDTH, QUERY_DIM), HEIGHT * WIDTH, QUERY_DIM);
        var context = Tokens.of(graph.placeHolder("text", DataType.FLOAT, -1, WORDS, CONTEXT_DIM), WORDS, CONTEXT_DIM);
        String out = ATTENTION.apply(scope, tokens, context).array().name();
        try (GraphSession session = new GraphSession(graph)) {
            Map<String, INDArray> values = session.evaluate(Map.of("image", image, "text", text), List.of(out));
            return values.values().iterator().next();
        }
    }

    @Test
    void aMaskOfOnesChangesNoBit() {
        assertSameBits("output", run(Nd4j.ones(BATCH, WORDS)), run(Image.NWC, RNNFormat.NWC, text, null));
    }

    @Test
    void whatAbsentTokensContainChangesNoBit() {
        INDArray mask = Nd4j.createFromArray(new float[][] {{1, 1, 1, 0, 0}, {0, 1, 0, 1, 0}});
        INDArray before = run(mask);
        text.get(all(), interval(4, 5), all()).assign(1e6);
        assertSameBits("output", run(mask), before);
    }

    @Test
    void absentTokensAtTheEndAreAShorterText() {
        INDArray mask = Nd4j.createFromArray(new float[][] {{1, 1, 1, 0, 0}, {1, 1, 1, 0, 0}});
        INDArray shorter = text.get(all(), interval(0, 3), all()).dup('c');
        assertClose("output", run(mask), run(Image.NWC, RNNFormat.NWC, shorter, null), 1e-6);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void whereNoTokenIsThereOnlyTheBiasIsLeft(DataType type) {
        INDArray mask = Nd4j.createFromArray(new float[][] {{0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}});
        INDArray output = run(Image.NWC, RNNFormat.NWC, type, text, mask);
        INDArray bias = Rule.tensor("maths/to_out.0.bias", type, QUERY_DIM);
        for (int token = 0; token < HEIGHT * WIDTH; token++) {
            assertSameBits("nothing to see", output.slice(0).getRow(token), bias);
        }
        assertSameBits(
                "the other picture",
                output.slice(1),
                run(Image.NWC, RNNFormat.NWC, type, text, null).slice(1));
    }

    /** In self attention the mask of the image is that of what is attended to. */
    @ParameterizedTest
    @EnumSource
    void selfAttentionLeavesAbsentTokensOut(Image format) {
        ComputationGraph graph = network(format, RNNFormat.NCW, DataType.FLOAT, false);
        int tokens = HEIGHT * WIDTH;
        INDArray mask = Nd4j.ones(BATCH, tokens);
        mask.get(all(), interval(tokens - 1, tokens)).assign(0);
        INDArray shaped = format == Image.NCHW ? mask.reshape(BATCH, 1, HEIGHT, WIDTH) : mask;
        INDArray before = graph.output(false, array(format.of(image)), array(shaped))[0].dup();
        image.get(all(), interval(tokens - 1, tokens), all()).assign(Rule.input("other", DataType.FLOAT, BATCH, 1, 16));
        INDArray after = graph.output(false, array(format.of(image)), array(shaped))[0];
        assertThat(after.neq(before).castTo(DataType.INT64).sumNumber().intValue())
                .as("only the absent token itself sees its change")
                .isEqualTo(BATCH * QUERY_DIM);
    }

    /** What comes later changes no bit of what came before, whatever the lengths. */
    @Test
    void aCausalQuerySeesNothingThatComesAfterIt() {
        ComputationGraph graph = initialised(self().causal(true));
        INDArray before = graph.output(image)[0].dup();
        image.get(all(), interval(10, HEIGHT * WIDTH), all()).assign(7);
        INDArray after = graph.output(image)[0];
        INDArrayIndex past = interval(0, 10);
        assertSameBits("past", after.get(all(), past, all()), before.get(all(), past, all()));
        assertThat(after.slice(0).getRow(10)).isNotEqualTo(before.slice(0).getRow(10));
        INDArray shorter = image.get(all(), past, all()).dup('c');
        assertClose("a shorter text", graph.output(shorter)[0], after.get(all(), past, all()), 1e-6);
    }

    @Test
    void aMaskThatIsATriangleIsCausal() {
        boolean[][] sees = new boolean[HEIGHT * WIDTH][HEIGHT * WIDTH];
        for (int query = 0; query < sees.length; query++) {
            Arrays.fill(sees[query], 0, query + 1, true);
        }
        assertSameBits(
                "output",
                initialised(self().mask(AttentionMask.of(sees))).output(image)[0],
                initialised(self().causal(true)).output(image)[0]);
    }

    /** A query that sees no token gets the bias of the output projection, though the projections have biases too. */
    @Test
    void whereAQuerySeesNothingOnlyTheOutputsBiasIsLeft() {
        ComputationGraph graph = initialised(self().projectionBias(true).causal(true));
        INDArray mask = Nd4j.ones(BATCH, HEIGHT * WIDTH);
        mask.get(all(), interval(0, 2)).assign(0); // the first two tokens, so their queries see none
        INDArray output = graph.output(false, array(image), array(mask))[0];
        INDArray bias = Rule.tensor("maths/to_out.0.bias", DataType.FLOAT, QUERY_DIM);
        for (int query = 0; query < 2; query++) {
            assertSameBits("nothing to see", output.slice(1).getRow(query), bias);
        }
        assertThat(output.slice(1).getRow(2)).isNotEqualTo(bias);
    }

    private static CrossAttentionLayerBuilder self() {
        return CrossAttentionLayer.builder()
                .queryDim(QUERY_DIM)
                .heads(4)
                .headDim(3)
                .imageFormat(RNNFormat.NWC)
                .textFormat(RNNFormat.NWC);
    }

    private static INDArray[] array(INDArray... arrays) {
        return arrays;
    }

    private INDArray run(INDArray mask) {
        return run(Image.NWC, RNNFormat.NWC, text, mask);
    }

    private INDArray run(Image format, RNNFormat textFormat, INDArray someText, @Nullable INDArray mask) {
        return run(format, textFormat, DataType.FLOAT, someText, mask);
    }

    private INDArray run(
            Image format, RNNFormat textFormat, DataType type, INDArray someText, @Nullable INDArray mask) {
        ComputationGraph graph = network(format, textFormat, type, true);
        INDArray[] inputs = {format.of(image).castTo(type), someText.castTo(type)};
        return graph.output(false, inputs, mask == null ? null : new INDArray[] {null, mask})[0];
    }

    private static ComputationGraph network(Image format, RNNFormat textFormat, DataType type, boolean cross) {
        var layer = CrossAttentionLayer.builder()
                .queryDim(QUERY_DIM)
                .contextDim(cross ? CONTEXT_DIM : QUERY_DIM)
                .heads(4)
                .headDim(3)
                .imageFormat(format == Image.NWC ? RNNFormat.NWC : RNNFormat.NCW)
                .textFormat(textFormat)
                .build();
        return initialised(layer, type, cross ? new String[] {"image", "text"} : new String[] {"image"});
    }

    private static ComputationGraph initialised(CrossAttentionLayerBuilder layer) {
        return initialised(layer.build(), DataType.FLOAT, "image");
    }

    private static ComputationGraph initialised(CrossAttentionLayer layer, DataType type, String... inputs) {
        var graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .graphBuilder()
                .addInputs(inputs)
                .addVertex("attend", layer, inputs)
                .setOutputs("attend")
                .build());
        graph.init();
        LayerWeights.load(graph, "attend", Rule.weights("maths/", type), "");
        return graph;
    }
}
