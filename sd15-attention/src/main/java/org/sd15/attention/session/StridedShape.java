package org.sd15.attention.session;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * The shape of a result whose elements don't lie in the order of its dimensions, such as the gradient of a kernel that is
 * stored in another order than the graph sees it.
 */
public final class StridedShape extends LongShapeDescriptor {

    /** A dense array whose dimensions are in another order in memory, as the strides say. */
    public StridedShape(long[] shape, long[] stride, DataType type) {
        super(
                shape,
                stride,
                0,
                0,
                'c',
                LongShapeDescriptor.fromShape(shape, type).getExtras());
    }
}
