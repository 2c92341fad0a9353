package org.sd15.importer.lora;

import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Rotations from skew-symmetric matrices, in double: {@code R = (I + Q)(I - Q)^-1} for each block. */
final class Cayley {

    private static final int QUADRATIC = 8;

    private Cayley() {}

    /**
     * Those of LyCORIS and kohya.
     *
     * @param blocks B, {@code [blocks, size, size]}, with {@code Q = B - B^T}
     * @param constraint the largest norm of all Q together; longer ones are shortened; 0 for none
     * @return R, {@code [blocks, size, size]} in float32
     */
    static INDArray constrained(INDArray blocks, double constraint) {
        double[][] skew = split(blocks);
        int size = (int) blocks.size(1);
        double squares = 0;
        for (double[] block : skew) {
            for (int row = 0; row < size; row++) {
                for (int column = 0; column < row; column++) {
                    double value = block[row * size + column] - block[column * size + row];
                    squares += 2 * value * value;
                    block[row * size + column] = value;
                    block[column * size + row] = -value;
                }
                block[row * size + row] = 0;
            }
        }
        double norm = Math.sqrt(squares);
        double factor = constraint > 0 && norm > constraint ? constraint / norm : 1;
        return join(skew, size, block -> rotation(scaled(block, factor), size));
    }

    /** The size of a block whose upper triangle has n elements; 0 if there is none. */
    static long size(long elements) {
        long size = Math.round((1 + Math.sqrt(1 + (double) QUADRATIC * elements)) / 2);
        return size * (size - 1) / 2 == elements ? size : 0;
    }

    /** Takes blocks apart: rows one after the other. */
    static double[][] split(INDArray blocks) {
        return IntStream.range(0, (int) blocks.size(0))
                .mapToObj(block -> blocks.slice(block)
                        .castTo(DataType.DOUBLE)
                        .dup('c')
                        .data()
                        .asDouble())
                .toArray(double[][]::new);
    }

    /** Computes each block and puts them together, {@code [blocks, size, size]}. */
    static INDArray join(double[][] blocks, int size, java.util.function.UnaryOperator<double[]> map) {
        double[][] computed = IntStream.range(0, blocks.length)
                .parallel()
                .mapToObj(i -> map.apply(blocks[i]))
                .toArray(double[][]::new);
        return Nd4j.createFromArray(computed).castTo(DataType.FLOAT).reshape('c', blocks.length, size, size);
    }

    static double[] scaled(double[] values, double factor) {
        double[] scaled = values.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= factor;
        }
        return scaled;
    }

    /** {@code (I + Q)(I - Q)^-1}, which is {@code (I - Q)^-1 (I + Q)}: by elimination with pivots. */
    static double[] rotation(double[] skew, int size) {
        int width = 2 * size;
        double[][] rows = new double[size][width];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                double identity = i == j ? 1 : 0;
                rows[i][j] = identity - skew[i * size + j];
                rows[i][size + j] = identity + skew[i * size + j];
            }
        }
        for (int column = 0; column < size; column++) {
            pivot(rows, column);
            for (int i = 0; i < size; i++) {
                if (i != column) {
                    subtract(rows[i], rows[column], rows[i][column], column);
                }
            }
        }
        double[] rotation = new double[size * size];
        for (int i = 0; i < size; i++) {
            System.arraycopy(rows[i], size, rotation, i * size, size);
        }
        return rotation;
    }

    private static void pivot(double[][] rows, int column) {
        int best = column;
        for (int i = column + 1; i < rows.length; i++) {
            if (Math.abs(rows[i][column]) > Math.abs(rows[best][column])) {
                best = i;
            }
        }
        double[] row = rows[best];
        rows[best] = rows[column];
        rows[column] = row;
        double pivot = row[column];
        for (int j = column; j < row.length; j++) {
            row[j] /= pivot;
        }
    }

    private static void subtract(double[] row, double[] pivot, double factor, int from) {
        for (int j = from; j < row.length; j++) {
            row[j] -= factor * pivot[j];
        }
    }

    /** The product of two square matrices. */
    static double[] product(double[] left, double[] right, int size) {
        double[] product = new double[size * size];
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < size; k++) {
                double factor = left[i * size + k];
                for (int j = 0; j < size; j++) {
                    product[i * size + j] += factor * right[k * size + j];
                }
            }
        }
        return product;
    }
}
