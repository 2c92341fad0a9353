package org.sd15.pipeline.inversion;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Adam with torch's defaults, for one array. */
final class Adam {

    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final double learningRate;
    private @Nullable INDArray mean;
    private @Nullable INDArray square;
    private double decay1 = 1;
    private double decay2 = 1;

    Adam(double learningRate) {
        this.learningRate = learningRate;
    }

    /** The value after a step, a new array. */
    INDArray step(INDArray value, INDArray gradient) {
        INDArray zero = gradient.mul(0);
        INDArray m = (mean == null ? zero : mean).mul(BETA1).addi(gradient.mul(1 - BETA1));
        INDArray v = (square == null ? zero : square)
                .mul(BETA2)
                .addi(gradient.mul(gradient).muli(1 - BETA2));
        mean = m;
        square = v;
        decay1 *= BETA1;
        decay2 *= BETA2;
        INDArray deviation = Transforms.sqrt(v.div(1 - decay2), false).addi(EPSILON);
        return value.sub(m.div(deviation).muli(learningRate / (1 - decay1)));
    }
}
