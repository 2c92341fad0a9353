package org.sd15.spark.training;

import java.io.Serializable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An array of float32 as it is sent: ND4J's own serialization would copy it twice.
 *
 * @param shape of the array
 * @param values in C order
 */
record Floats(long[] shape, float[] values) implements Serializable {

    static Floats of(INDArray array) {
        if (array.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException(
                    "arrays of %s are not sent to executors, only those of float32".formatted(array.dataType()));
        }
        INDArray dense = array.dup('c');
        float[] values = dense.data().asFloat();
        dense.close();
        return new Floats(array.shape(), values);
    }

    INDArray array() {
        return Nd4j.create(values, shape, 'c');
    }
}
