package org.sd15.pipeline.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.session.ArrayCheck;

/**
 * The vectors of tokens: those of the vocabulary, which are a weight, and after them those that were added. An added
 * vector is never written to, so that several handles may have it.
 */
final class TokenVectors {

    private final ClipTextConfig config;
    private final DataType dataType;
    private final List<INDArray> added;

    /** Those of the vocabulary alone. */
    TokenVectors(ClipTextConfig config, DataType dataType) {
        this(config, dataType, List.of());
    }

    private TokenVectors(ClipTextConfig config, DataType dataType, List<INDArray> added) {
        this.config = config;
        this.dataType = dataType;
        this.added = new ArrayList<>(added);
    }

    /** The same tokens; what is added to or replaced in one of both, the other does not see. */
    TokenVectors copy() {
        return new TokenVectors(config, dataType, added);
    }

    /** How many there are. */
    int count() {
        return config.vocabSize() + added.size();
    }

    /** See {@link ClipTextEncoder#addTokens}. */
    int add(INDArray vectors) {
        requireWidth(vectors);
        int first = count();
        for (int i = 0; i < vectors.size(0); i++) {
            added.add(copyOfRow(vectors, i));
        }
        return first;
    }

    private void requireWidth(INDArray vectors) {
        ArrayCheck.require("what the vectors of tokens are given as", vectors);
        if (vectors.rank() != 2 || vectors.size(1) != config.hiddenSize()) {
            throw new IllegalArgumentException("the vectors are %s, the text encoder takes [tokens, %d] (hidden_size)"
                    .formatted(Arrays.toString(vectors.shape()), config.hiddenSize()));
        }
    }

    /** See {@link ClipTextEncoder#replaceTokens}. */
    void replace(int first, INDArray vectors) {
        requireWidth(vectors);
        if (first < config.vocabSize() || first + vectors.size(0) > count()) {
            throw new IllegalArgumentException("tokens %d to %d can't be replaced: those that were added are %s"
                    .formatted(
                            first,
                            first + vectors.size(0) - 1,
                            added.isEmpty() ? "none" : config.vocabSize() + " to " + (count() - 1)));
        }
        for (int i = 0; i < vectors.size(0); i++) {
            added.set(first - config.vocabSize() + i, copyOfRow(vectors, i));
        }
    }

    private INDArray copyOfRow(INDArray vectors, int row) {
        return vectors.getRow(row).castTo(dataType).dup();
    }

    /**
     * Token plus position embeddings.
     *
     * @param vocabulary {@code [vocabSize, hiddenSize]}, as it is stored
     * @param positions {@code [maxPositionEmbeddings, hiddenSize]}, as it is stored
     * @param ids one row a text
     * @return {@code [batch, tokens, hiddenSize]}
     * @throws IllegalArgumentException if there is no text, one is empty, too long or of another length than the first,
     *     or there is no such token
     */
    INDArray embed(INDArray vocabulary, INDArray positions, int[][] ids) {
        int length = length(ids);
        int[] all = Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray();
        int[] places = new int[all.length];
        Arrays.setAll(places, i -> i % length);
        INDArray embedded = rows(vocabulary, all);
        embedded.addi(Nd4j.pullRows(positions, 1, places).castTo(dataType));
        return embedded.reshape(ids.length, length, config.hiddenSize());
    }

    /** The length of all texts. */
    private int length(int[][] ids) {
        if (ids.length == 0 || ids[0].length == 0) {
            throw new IllegalArgumentException("there is nothing to encode: %d texts of length %d"
                    .formatted(ids.length, ids.length == 0 ? 0 : ids[0].length));
        }
        int length = ids[0].length;
        for (int i = 1; i < ids.length; i++) {
            if (ids[i].length != length) {
                throw new IllegalArgumentException(
                        "texts of one call must have one length: the first has %d tokens, number %d has %d"
                                .formatted(length, i + 1, ids[i].length));
            }
        }
        if (length > config.maxPositionEmbeddings()) {
            throw new IllegalArgumentException("a text of %d tokens, the text encoder takes %d at most"
                    .formatted(length, config.maxPositionEmbeddings()));
        }
        return length;
    }

    /**
     * Looks tokens up.
     *
     * @param vocabulary {@code [vocabSize, hiddenSize]}, as it is stored
     * @return {@code [ids, hiddenSize]}
     * @throws IllegalArgumentException if there is no such token
     */
    INDArray rows(INDArray vocabulary, int[] ids) {
        int known = config.vocabSize();
        for (int id : ids) {
            if (id < 0 || id >= count()) {
                throw new IllegalArgumentException(
                        "token %d is not in the text encoder's vocabulary of %d".formatted(id, count()));
            }
        }
        int[] rows = Arrays.stream(ids).map(id -> id < known ? id : 0).toArray();
        INDArray found = Nd4j.pullRows(vocabulary, 1, rows).castTo(dataType);
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] >= known) {
                found.putRow(i, added.get(ids[i] - known));
            }
        }
        return found;
    }
}
