package org.sd15.importer.lora;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How PEFT makes rotations of its {@code oft_R}, as its version 0.21 does it.
 *
 * @param neumannTerms how many terms of the series {@code I + 2Q + 2Q^2 + ...} stand for the rotation; 0 for the exact
 *     {@code (I - Q)(I + Q)^-1}. (The two turn in opposite directions.)
 * @param longest the norm to which each block is shortened (COFT), before it is divided by the root of the number of
 *     blocks; infinite for none
 * @see <a href="https://github.com/huggingface/peft/blob/v0.21.2/src/peft/tuners/oft/layer.py">PEFT, oft/layer.py</a>
 */
record PeftOft(int neumannTerms, double longest) {

    /** What PEFT's configuration has unless it says otherwise. */
    static final PeftOft DEFAULT = new PeftOft(5, Double.POSITIVE_INFINITY);

    /** What it has for the norm, where that counts. */
    static final double USUAL_LONGEST = 6e-5;

    /**
     * The rotations.
     *
     * @param triangles the elements above the diagonals of Q, row by row: {@code [blocks, size * (size - 1) / 2]}
     * @return {@code [blocks, size, size]} in float32
     */
    INDArray rotations(INDArray triangles) {
        int size = (int) Cayley.size(triangles.size(1));
        double[][] blocks = Cayley.split(triangles.reshape('c', triangles.size(0), triangles.size(1)));
        double most = longest / Math.sqrt(blocks.length);
        return Cayley.join(blocks, size, triangle -> {
            double[] skew = skew(triangle, size);
            double norm =
                    Math.sqrt(Arrays.stream(skew).map(value -> value * value).sum());
            double[] shortened = norm > most ? Cayley.scaled(skew, most / norm) : skew;
            return neumannTerms == 0 ? Cayley.rotation(Cayley.scaled(shortened, -1), size) : series(shortened, size);
        });
    }

    private static double[] skew(double[] triangle, int size) {
        double[] skew = new double[size * size];
        int next = 0;
        for (int row = 0; row < size; row++) {
            for (int column = row + 1; column < size; column++) {
                skew[row * size + column] = triangle[next];
                skew[column * size + row] = -triangle[next++];
            }
        }
        return skew;
    }

    /** The last power counts once, and there is a third one in any series of more than two terms. */
    private double[] series(double[] skew, int size) {
        double[] sum = new double[size * size];
        for (int i = 0; i < size; i++) {
            sum[i * size + i] = 1;
        }
        if (neumannTerms > 1) {
            add(sum, skew, 2);
        }
        if (neumannTerms > 2) {
            double[] power = Cayley.product(skew, skew, size);
            add(sum, power, 2);
            for (int term = 3; term < neumannTerms - 1; term++) {
                power = Cayley.product(power, skew, size);
                add(sum, power, 2);
            }
            add(sum, Cayley.product(power, skew, size), 1);
        }
        return sum;
    }

    private static void add(double[] sum, double[] values, double factor) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * values[i];
        }
    }
}
