package org.sd15.attention.dl4j;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.CrossAttention;
import org.sd15.attention.graph.AttentionPorts;
import org.sd15.attention.graph.AttentionPorts.LogitBias;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/**
 * The dimensions of a {@link CrossAttentionLayer} and how its sequences lie in arrays. Immutable.
 *
 * @param queryDim width of an image token, and of the result
 * @param contextDim width of a text token
 * @param heads number of heads
 * @param headDim width of a head
 * @param imageFormat how an image that is a sequence lies: NCW {@code [b, c, n]} or NWC {@code [b, n, c]}
 * @param textFormat the same of the text
 */
public record CrossAttentionConfig(
        int queryDim, int contextDim, int heads, int headDim, RNNFormat imageFormat, RNNFormat textFormat)
        implements Serializable {

    /** Taken from the score of a token that is absent; its weight becomes exactly zero. */
    private static final double ABSENT = 1e9;

    /** Checks that all dimensions are positive. */
    public CrossAttentionConfig {
        CrossAttention.of(queryDim, contextDim, heads, headDim);
        Objects.requireNonNull(imageFormat, "imageFormat");
        Objects.requireNonNull(textFormat, "textFormat");
    }

    /** Fills in what is zero: the text is as wide as the image, and the heads share the width of the image. */
    static CrossAttentionConfig of(
            int queryDim, int contextDim, int heads, int headDim, RNNFormat imageFormat, RNNFormat textFormat) {
        int context = contextDim == 0 ? queryDim : contextDim;
        int width = headDim == 0 && heads > 0 ? queryDim / heads : headDim;
        if (headDim == 0 && heads > 0 && queryDim % heads != 0) {
            throw new IllegalArgumentException(
                    "queryDim %d does not divide into %d heads: set headDim".formatted(queryDim, heads));
        }
        return new CrossAttentionConfig(queryDim, context, heads, width, imageFormat, textFormat);
    }

    /** The attention that the layer computes. */
    public CrossAttention attention() {
        return CrossAttention.of(queryDim, contextDim, heads, headDim);
    }

    /** Image and text; or the image alone, which then attends to itself. */
    int fewestInputs() {
        return contextDim == queryDim ? 1 : 2;
    }

    /** What is expected of each of so many inputs. */
    List<AttentionInput> inputs(int count) {
        var image = new AttentionInput("image", "queryDim", queryDim, imageFormat);
        var text = new AttentionInput("text", "contextDim", contextDim, textFormat);
        return List.of(image, text).subList(0, count);
    }

    /** What is attended to, of so many inputs. */
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

    /**
     * Builds the attention in a graph.
     *
     * @param inputs by name
     * @param parameters by key
     * @param masks by name of the input, {@code [batch, tokens]}; what is attended to may have one
     * @return the result, in the format of the image
     */
    SDVariable build(
            SameDiff graph,
            Map<String, SDVariable> inputs,
            Map<String, SDVariable> parameters,
            Map<String, SDVariable> masks) {
        List<AttentionInput> expected = inputs(inputs.size());
        SDVariable image = expected.get(0).pick(inputs);
        Tokens tokens = expected.get(0).toTokens(image);
        AttentionInput last = context(inputs.size());
        Tokens context = last.toTokens(last.pick(inputs));
        Scope scope = Scope.of(
                graph,
                image.dataType(),
                (sd, spec, layout) ->
                        Objects.requireNonNull(parameters.get(LayerWeights.key(spec.name())), spec::name));
        SDVariable mask = masks.get(last.name());
        Tokens attended = mask == null
                ? attention().apply(scope, tokens, context)
                : attention().apply(without(mask, scope, context), tokens, worthless(mask, context));
        return expected.get(0).toArray(attended, image);
    }

    /** Absent tokens get no weight; where all are absent, all keep an equal one, because ND4J's softmax would be NaN. */
    private static Scope without(SDVariable mask, Scope scope, Tokens context) {
        SDVariable absent = mask.max(true, 1).sub(mask).reshape(-1, 1, 1, context.tokens());
        var ports = AttentionPorts.biased(new LogitBias.Dense(absent.mul(-ABSENT), false));
        return scope.withPorts(path -> ports);
    }

    /** Absent tokens have the key and the value zero, so that where all are absent nothing is seen. */
    private static Tokens worthless(SDVariable mask, Tokens context) {
        SDVariable present = mask.reshape(-1, 1); // [batch * tokens, 1]
        return context.map(rows -> rows.mul(present));
    }
}
