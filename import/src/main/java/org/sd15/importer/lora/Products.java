package org.sd15.importer.lora;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/** Products of row-major matrices, as weights are. */
final class Products {

    private Products() {}

    /**
     * {@code left * right}. {@code mmul} may lay out its result column by column, and copying that costs more than the
     * product.
     *
     * @param left {@code [m, k]}
     * @param right {@code [k, n]} of the same type
     * @return {@code [m, n]} in C order
     */
    static INDArray of(INDArray left, INDArray right) {
        INDArray product = Nd4j.createUninitialized(left.dataType(), new long[] {left.size(0), right.size(1)}, 'c');
        Nd4j.exec(new Mmul(left, right, product, null));
        return product;
    }
}
