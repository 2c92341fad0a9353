package org.sd15.attention.dl4j;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeRecurrent;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Tokens;

/**
 * One input of the layer: what is expected of it.
 *
 * @param name {@code image} or {@code text}
 * @param dimension the layer's property that states the width: {@code queryDim} or {@code contextDim}
 * @param width channels of a token
 * @param sequences how a sequence lies in an array
 */
record AttentionInput(String name, String dimension, int width, RNNFormat sequences) {

    private static final int MAP_RANK = 4;
    private static final int SEQUENCE_RANK = 3;

    /** The format of arrays of a given rank. */
    ArrayFormat format(int rank) {
        return rank == MAP_RANK ? ArrayFormat.NCHW : ArrayFormat.of(sequences);
    }

    /** This input among several. */
    SDVariable pick(Map<String, SDVariable> inputs) {
        return Objects.requireNonNull(inputs.get(name), name);
    }

    Tokens toTokens(SDVariable array) {
        return format(array.getShape().length).toTokens(array);
    }

    SDVariable toArray(Tokens tokens, SDVariable like) {
        return format(like.getShape().length).toArray(tokens, like);
    }

    /**
     * Checks a type when a network is configured.
     *
     * @param vertex what messages call the layer
     */
    void require(String vertex, InputType type) {
        if (type instanceof InputTypeConvolutional map) {
            requireType(map.getFormat() == CNN2DFormat.NCHW, vertex, type, "a feature map must be NCHW");
            requireType(map.getChannels() == width, vertex, type, expectedWidth());
        } else if (type instanceof InputTypeRecurrent sequence) {
            requireType(sequence.getFormat() == sequences, vertex, type, expectedFormat());
            requireType(sequence.getSize() == width, vertex, type, expectedWidth());
        } else {
            requireType(false, vertex, type, "expected a feature map (convolutional) or a sequence (recurrent)");
        }
    }

    /**
     * Checks an array when a network runs.
     *
     * @param vertex what messages call the layer
     */
    void require(String vertex, INDArray array) {
        boolean known = array.rank() == MAP_RANK || array.rank() == SEQUENCE_RANK;
        requireArray(known, vertex, array, "expected a feature map [b, c, h, w] or a sequence " + sequenceAxes());
        long found = format(array.rank()).channels(array.shape());
        requireArray(found == width, vertex, array, "it has %d channels, ".formatted(found) + expectedWidth());
        requireArray(array.length() > 0, vertex, array, "it is empty");
    }

    private String expectedWidth() {
        return "expected %s = %d".formatted(dimension, width);
    }

    private String expectedFormat() {
        return "the layer reads sequences as %s %s; set %sFormat".formatted(sequences, sequenceAxes(), name);
    }

    private String sequenceAxes() {
        return sequences == RNNFormat.NCW ? "[b, c, n]" : "[b, n, c]";
    }

    private void requireType(boolean fits, String vertex, InputType type, String expected) {
        if (!fits) {
            throw new InvalidInputTypeException("%s: the %s is %s; %s".formatted(vertex, name, type, expected));
        }
    }

    private void requireArray(boolean fits, String vertex, INDArray array, String expected) {
        if (!fits) {
            String shape = Arrays.toString(array.shape());
            String format = array.rank() == SEQUENCE_RANK ? " as " + sequences : "";
            throw new DL4JInvalidInputException(
                    "%s: the %s is %s%s; %s".formatted(vertex, name, shape, format, expected));
        }
    }
}
