package org.sd15.attention.dl4j;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * What a {@link CrossAttentionLayer} computes, and the layouts of its sequences. Immutable.
 *
 * <p>Dropout is drawn from {@code Nd4j.getRandom()} at each forward pass of training, stays for the backward pass, and is left
 * out of inference and of a frozen vertex. That of the attention takes {@code [b, heads, n, m]} numbers.
 *
 * @param queryDim width of an image token, and of the result
 * @param contextDim width of a text token
 * @param heads number of heads
 * @param headDim width of a head
 * @param imageFormat layout of an image that is a sequence: NCW {@code [b, c, n]} or NWC {@code [b, n, c]}
 * @param textFormat the same of the text
 * @param projectionBias whether the projections to queries, keys and values have a bias
 * @param causal whether a query sees only the tokens up to its own place
 * @param mask which tokens each query sees, null for all
 * @param attentionDropOut probability that a weight of the attention is kept in training; 1 for no dropout, and 0 too, as
 *     in DL4J
 * @param outputDropOut the same of an activation of the result
 */
public record CrossAttentionConfig(
        int queryDim,
        int contextDim,
        int heads,
        int headDim,
        RNNFormat imageFormat,
        RNNFormat textFormat,
        boolean projectionBias,
        boolean causal,
        @Nullable AttentionMask mask,
        double attentionDropOut,
        double outputDropOut)
        implements Serializable {

    /** Checks that all dimensions are positive and that what is said twice agrees. */
    public CrossAttentionConfig {
        CrossAttention.of(queryDim, contextDim, heads, headDim);
        Objects.requireNonNull(imageFormat, "imageFormat");
        Objects.requireNonNull(textFormat, "textFormat");
        attentionDropOut = retained("attentionDropOut", attentionDropOut);
        outputDropOut = retained("outputDropOut", outputDropOut);
    }

    /** An attention without projection biases, masks of its own or dropout, as in the UNet. */
    public CrossAttentionConfig(
            int queryDim, int contextDim, int heads, int headDim, RNNFormat imageFormat, RNNFormat textFormat) {
        this(queryDim, contextDim, heads, headDim, imageFormat, textFormat, false, false, null, 1, 1);
    }

    private static double retained(String what, double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException(
                    "%s %s is no probability: as in DL4J, it is that of keeping a value".formatted(what, probability));
        }
        return probability == 0 ? 1 : probability;
    }

    /** The attention that the layer computes. */
    public CrossAttention attention() {
        return new CrossAttention(queryDim, contextDim, heads, headDim, projectionBias);
    }

    /** Image and text; or the image alone, which then attends to itself. */
    int fewestInputs() {
        return contextDim == queryDim ? 1 : 2;
    }

    /** What is expected of each of n inputs. */
    List<AttentionInput> inputs(int count) {
        var image = new AttentionInput("image", "queryDim", queryDim, imageFormat);
        var text = new AttentionInput("text", "contextDim", contextDim, textFormat);
        return List.of(image, text).subList(0, count);
    }

    /** What is attended to, of n inputs. */
    AttentionInput context(int count) {
        return inputs(count).get(count - 1);
    }

    void require(String vertex, InputType... types) {
        requireCount(vertex, types.length);
        for (int i = 0; i < types.length; i++) {
            inputs(types.length).get(i).require(vertex, types[i]);
        }
    }

    void require(String vertex, INDArray... arrays) {
        requireCount(vertex, arrays.length);
        for (int i = 0; i < arrays.length; i++) {
            inputs(arrays.length).get(i).require(vertex, arrays[i]);
        }
        long images = arrays[0].size(0);
        long texts = arrays[arrays.length - 1].size(0);
        if (images != texts) {
            throw new DL4JInvalidInputException(
                    "%s: %d images but %d texts; each image needs a text".formatted(vertex, images, texts));
        }
    }

    private void requireCount(String vertex, int count) {
        if (count < fewestInputs() || count > 2) {
            throw new InvalidInputTypeException(
                    "%s: attention from %d to %d channels has two inputs, image and text; there is %d"
                            .formatted(vertex, queryDim, contextDim, count));
        }
    }

    /** Checks that a mask of the layer's own is made for n queries and tokens. */
    void requireMask(String vertex, int queries, int tokens) {
        if (mask != null && (mask.queries() != queries || mask.tokens() != tokens)) {
            throw new DL4JInvalidInputException("%s: its mask is made for %d queries and %d tokens, there are %d and %d"
                    .formatted(vertex, mask.queries(), mask.tokens(), queries, tokens));
        }
    }

    /**
     * Builds the attention in a graph.
     *
     * @param inputs by name
     * @param parameters by key
     * @param present what is attended to and there, {@code [batch, tokens]}; null if all of it is
     * @param noise what probabilities are multiplied by, {@code [batch, heads, queries, tokens]}; null for one
     * @return the result, in the format of the image
     */
    SDVariable build(
            SameDiff graph,
            Map<String, SDVariable> inputs,
            Map<String, SDVariable> parameters,
            @Nullable SDVariable present,
            @Nullable SDVariable noise) {
        List<AttentionInput> expected = inputs(inputs.size());
        SDVariable image = expected.get(0).pick(inputs);
        Tokens tokens = expected.get(0).toTokens(image);
        AttentionInput last = context(inputs.size());
        Tokens context = last.toTokens(last.pick(inputs));
        var visibility =
                Visibility.of(graph, this, tokens.tokens(), context.tokens(), present, noise, image.dataType());
        AttentionPorts ports = visibility.ports(context.tokens(), projectionBias);
        Scope scope = Scope.of(
                        graph,
                        image.dataType(),
                        (sd, spec, layout) ->
                                Objects.requireNonNull(parameters.get(LayerWeights.key(spec.name())), spec::name))
                .withPorts(path -> ports);
        Tokens seen = present == null ? context : worthless(present, context);
        return expected.get(0).toArray(attention().apply(scope, tokens, seen), image);
    }

    /**
     * Absent tokens are all zeros, so that whatever they contain has no score; without projection biases they have the value
     * zero too, and where all are absent nothing is seen.
     */
    private static Tokens worthless(SDVariable present, Tokens context) {
        SDVariable column = present.reshape(-1, 1); // [batch * tokens, 1]
        return context.map(rows -> rows.mul(column));
    }
}
