package org.sd15.attention.dl4j;

import java.io.Serializable;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Which tokens each query may see, the same for all examples and heads: a window, blocks, a graph's edges. Immutable.
 *
 * @param rows one string a query, with a 1 for each token that it sees and a 0 for each that it does not
 */
public record AttentionMask(List<String> rows) implements Serializable {

    private static final Pattern ROW = Pattern.compile("[01]+");

    /** Checks that there is a row, and that all are as long as the first and of ones and zeros. */
    public AttentionMask {
        rows = List.copyOf(rows);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a mask needs a row for each query; there is none");
        }
        for (int i = 0; i < rows.size(); i++) {
            String row = rows.get(i);
            if (!ROW.matcher(row).matches() || row.length() != rows.get(0).length()) {
                throw new IllegalArgumentException("row %d of the mask is \"%s\"; expected %d ones and zeros"
                        .formatted(i, row, rows.get(0).length()));
            }
        }
    }

    /** A mask from {@code [queries][tokens]}: whether a query sees a token. */
    public static AttentionMask of(boolean[][] sees) {
        return new AttentionMask(IntStream.range(0, sees.length)
                .mapToObj(query -> row(sees[query]))
                .toList());
    }

    private static String row(boolean[] sees) {
        var row = new StringBuilder();
        for (boolean seen : sees) {
            row.append(seen ? '1' : '0');
        }
        return row.toString();
    }

    /** How many queries it is made for. */
    public int queries() {
        return rows.size();
    }

    /** How many tokens it is made for. */
    public int tokens() {
        return rows.get(0).length();
    }

    /** Ones and zeros, {@code [queries, tokens]}. */
    INDArray array(DataType type) {
        INDArray array = Nd4j.zeros(type, queries(), tokens());
        for (int query = 0; query < queries(); query++) {
            for (int token = 0; token < tokens(); token++) {
                if (rows.get(query).charAt(token) == '1') {
                    array.putScalar(query, token, 1);
                }
            }
        }
        return array;
    }
}
