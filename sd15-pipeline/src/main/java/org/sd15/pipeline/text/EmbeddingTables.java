package org.sd15.pipeline.text;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The gradients of the tables of tokens and positions, from those of the rows that were looked up. */
final class EmbeddingTables {

    private EmbeddingTables() {}

    /** Whether a parameter of a text encoder is one of the tables. */
    static boolean isOne(String parameter) {
        return parameter.equals(ClipTextEncoder.TOKENS) || parameter.equals(ClipTextEncoder.POSITIONS);
    }

    /**
     * The gradient of a table.
     *
     * @param ids what was looked up, one row a text; ids of added tokens are beyond the table and left out
     * @param embeddings gradient of what was found, {@code [batch, tokens, width]}
     * @return of the table's shape
     */
    static INDArray gradient(String name, INDArray table, int[][] ids, INDArray embeddings) {
        Map<Integer, double[]> rows = new LinkedHashMap<>();
        double[] values = embeddings.dup('c').data().asDouble();
        int width = Math.toIntExact(table.size(1));
        int at = 0;
        for (int[] text : ids) {
            for (int place = 0; place < text.length; place++) {
                int row = name.equals(ClipTextEncoder.TOKENS) ? text[place] : place;
                double[] sum = rows.computeIfAbsent(row, unseen -> new double[width]);
                for (int i = 0; i < width; i++) {
                    sum[i] += values[at++];
                }
            }
        }
        DataType type = table.dataType();
        INDArray gradient = Nd4j.zeros(type, table.shape());
        rows.forEach((row, sum) -> {
            if (row < table.size(0)) {
                gradient.putRow(row, Nd4j.createFromArray(sum).castTo(type));
            }
        });
        return gradient;
    }
}
