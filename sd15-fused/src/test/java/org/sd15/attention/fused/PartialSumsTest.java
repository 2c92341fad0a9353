package org.sd15.attention.fused;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.attention.graph.Conv2d;
import org.sd15.attention.graph.Execution;
import org.sd15.testing.Closeness;

/** Convolutions of small maps, which add up in parts of their channels, against double precision. */
class PartialSumsTest {

    /** Rounding grows with the number of products that are added up one after the other: 1440 of them lose 5e-7. */
    @ParameterizedTest
    @CsvSource({"8, 64, 64", "8, 160, 64", "2, 256, 128", "8, 64, 4"})
    void losesLittleToRounding(int side, int in, int out) {
        BothExecutions.Word convolution = (scope, inputs) -> scope.formulation()
                .conv2d(
                        inputs.map("x", 2, side, side, in),
                        inputs.array("kernel", 3, 3, in, out),
                        inputs.array("bias", out),
                        out,
                        Conv2d.Geometry.SAME)
                .value();
        INDArray exact = BothExecutions.output(Execution.NATIVE, DataType.DOUBLE, convolution);
        INDArray fused = BothExecutions.output(FusedExecution.create(), DataType.FLOAT, convolution);
        assertThat(Closeness.relativeNorm(fused, exact)).isLessThan(2.3e-7);
    }
}
