package org.sd15.pipeline.edit.prompt;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.control.AttentionControl.TokenMap;
import org.sd15.testing.Rule;

/** Attention maps, and an edit of them as {@link TokenMap} describes it, in plain loops. */
public final class EditedMaps {

    private static final int KEYS = 77;

    private EditedMaps() {}

    /** Positive numbers in place of probabilities, {@code [rows, heads = 2, pixels = 2, keys]}. */
    public static INDArray probs(String name, int rows) {
        return Rule.picture(name, DataType.FLOAT, rows * 2L, 2, KEYS)
                .add(1)
                .div(2)
                .reshape(rows, 2, 2, KEYS);
    }

    /** By row: {@code [heads * pixels, keys]}. */
    public static double[][][] rows(INDArray probs) {
        double[] values = probs.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        int lines = values.length / KEYS / (int) probs.size(0);
        return IntStream.range(0, (int) probs.size(0))
                .mapToObj(row -> IntStream.range(0, lines)
                        .mapToObj(line -> Arrays.copyOfRange(
                                values, (row * lines + line) * KEYS, (row * lines + line + 1) * KEYS))
                        .toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    /** {@code U * ((R P) M) + V * P}, written out. */
    public static double[][][] apply(TokenMap map, INDArray probs) {
        double[][][] before = rows(probs);
        double[][][] after = new double[before.length][before[0].length][KEYS];
        for (int row = 0; row < before.length; row++) {
            for (int line = 0; line < before[row].length; line++) {
                double[] routed = new double[KEYS];
                for (int other = 0; other < before.length; other++) {
                    for (int key = 0; key < KEYS; key++) {
                        routed[key] += map.routing().getDouble(row, other) * before[other][line][key];
                    }
                }
                for (int key = 0; key < KEYS; key++) {
                    double mixed = 0;
                    for (int from = 0; from < KEYS; from++) {
                        mixed += routed[from] * map.matrix().getDouble(row, from, key);
                    }
                    after[row][line][key] = map.mixed().getDouble(row, 0, 0, key) * mixed
                            + map.own().getDouble(row, 0, 0, key) * before[row][line][key];
                }
            }
        }
        return after;
    }

    public static double difference(double[][] actual, double[][] expected) {
        double worst = 0;
        for (int i = 0; i < actual.length; i++) {
            for (int j = 0; j < KEYS; j++) {
                worst = Math.max(worst, Math.abs(actual[i][j] - expected[i][j]));
            }
        }
        return worst;
    }
}
