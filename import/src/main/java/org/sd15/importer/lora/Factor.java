package org.sd15.importer.lora;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A matrix as files keep it, whole or taken apart. */
public sealed interface Factor permits Factor.Whole, Factor.Product, Factor.Tucker {

    /** The matrix in float32: {@code [rows, columns]}, where the taps of a kernel are columns. */
    INDArray matrix();

    /** The number of its elements. */
    long parameters();

    /**
     * As it is.
     *
     * @param array {@code [rows, columns]} or {@code [rows, columns, height, width]}
     */
    record Whole(INDArray array) implements Factor {

        /** Checks that it has rows. */
        public Whole {
            require(array.rank() >= 2, "[rows, columns, ...]", array);
        }

        @Override
        public INDArray matrix() {
            return flat(array);
        }

        @Override
        public long parameters() {
            return array.length();
        }
    }

    /**
     * A product of two narrow ones.
     *
     * @param left {@code [rows, rank]}
     * @param right {@code [rank, columns]} or {@code [rank, columns, height, width]}
     */
    record Product(INDArray left, INDArray right) implements Factor {

        /** Checks that they have a rank in common. */
        public Product {
            boolean fit = left.rank() >= 2
                    && right.rank() >= 2
                    && left.size(1) == right.size(0)
                    && left.length() == left.size(0) * left.size(1);
            require(fit, "[rows, rank] and [rank, columns, ...]", left, right);
        }

        @Override
        public INDArray matrix() {
            return Products.of(flat(left), flat(right));
        }

        @Override
        public long parameters() {
            return left.length() + right.length();
        }
    }

    /**
     * A kernel by Tucker's decomposition: {@code sum over m, n of core[m, n, y, x] * left[m, row] * right[n, column]}.
     *
     * @param core {@code [rank, rank, height, width]}
     * @param left {@code [rank, rows]}
     * @param right {@code [rank, columns]}
     */
    record Tucker(INDArray core, INDArray left, INDArray right) implements Factor {

        /** Checks that they have their ranks in common. */
        public Tucker {
            boolean fit = core.rank() >= 2
                    && left.rank() >= 2
                    && right.rank() >= 2
                    && core.size(0) == left.size(0)
                    && core.size(1) == right.size(0);
            require(fit, "[rank, rank, height, width], [rank, rows] and [rank, columns]", core, left, right);
        }

        @Override
        public INDArray matrix() {
            INDArray rows = flat(left).transpose().dup('c'); // [rows, rank]
            INDArray columns = flat(right); // [rank, columns]
            long rank = core.size(1);
            long taps = core.length() / core.size(0) / rank;
            INDArray half = Products.of(rows, flat(core)).reshape('c', rows.size(0), rank, taps);
            INDArray byTap = half.permute(0, 2, 1).dup('c').reshape('c', rows.size(0) * taps, rank);
            INDArray product = Products.of(byTap, columns).reshape('c', rows.size(0), taps, columns.size(1));
            return product.permute(0, 2, 1).dup('c').reshape('c', rows.size(0), columns.size(1) * taps);
        }

        @Override
        public long parameters() {
            return core.length() + left.length() + right.length();
        }
    }

    private static INDArray flat(INDArray array) {
        return array.castTo(DataType.FLOAT).dup('c').reshape('c', array.size(0), array.length() / array.size(0));
    }

    private static void require(boolean fit, String wanted, INDArray... arrays) {
        if (!fit) {
            throw new IllegalArgumentException("%s do not belong together; must be %s"
                    .formatted(
                            Arrays.toString(Arrays.stream(arrays)
                                    .map(array -> Arrays.toString(array.shape()))
                                    .toArray()),
                            wanted));
        }
    }
}
