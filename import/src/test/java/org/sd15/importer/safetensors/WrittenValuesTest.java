package org.sd15.importer.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.tensor.TensorSource;
import org.sd15.testing.Closeness;
import org.sd15.testing.Rule;

/** What the writer makes of arrays: their order in memory, their formats, their rounding. */
class WrittenValuesTest {

    @TempDir
    private Path folder;

    private Path target() {
        return folder.resolve("out.safetensors");
    }

    static Stream<INDArray> views() {
        INDArray base = Rule.input("base", DataType.FLOAT, 6, 5, 4, 3);
        return Stream.of(
                base.permute(3, 2, 0, 1),
                base.permute(0, 2, 1, 3),
                base.get(
                        NDArrayIndex.interval(1, 4),
                        NDArrayIndex.point(2),
                        NDArrayIndex.all(),
                        NDArrayIndex.interval(0, 2)),
                base.get(NDArrayIndex.point(3)),
                base.dup('f'),
                base.reshape(30, 12).transpose(),
                base.reshape(30, 12).getColumn(3));
    }

    /** The logical C order counts, whatever lies where in memory. */
    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("views")
    void writesViewsInTheirLogicalOrder(INDArray view) throws IOException {
        SafetensorsWriter.create().add("v", view, DType.F32).write(target());
        try (SafetensorsFile written = SafetensorsFile.open(target())) {
            Closeness.assertSameBits("view", written.load("v", DataType.FLOAT), view);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F16, 2049, 2048",
        "F16, 2051, 2052",
        "F16, 1e6, Infinity",
        "BF16, 257, 256",
        "BF16, 259, 260",
        "F32, 0.1, 0.1",
        "F64, 0.1, 0.1"
    })
    void roundsToNearestWithTiesToEven(DType dtype, float value, float expected) throws IOException {
        SafetensorsWriter.create().add("x", Nd4j.createFromArray(value), dtype).write(target());
        try (SafetensorsFile written = SafetensorsFile.open(target())) {
            assertThat(written.info("x").dtype()).isEqualTo(dtype);
            assertThat(written.load("x", DataType.FLOAT).getFloat(0)).isEqualTo(expected);
        }
    }

    /** More than one chunk, and a length that is no multiple of one. */
    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16", "F64"})
    void writesAndReadsTensorsLargerThanItsBuffer(DType dtype) throws IOException {
        INDArray large = Nd4j.arange(100_003).castTo(DataType.FLOAT).fmodi(251);
        SafetensorsWriter.create().add("x", large, dtype).write(target());
        try (SafetensorsFile written = SafetensorsFile.open(target())) {
            Closeness.assertSameBits("x", written.load("x", DataType.FLOAT), large);
            Closeness.assertSameBits("x", written.load("x", DataType.DOUBLE), large.castTo(DataType.DOUBLE));
        }
    }

    /** Truth values take one byte here and eight there. */
    @Test
    void convertsTensorsThatGrow() throws IOException {
        INDArray truths = Nd4j.arange(200_003).castTo(DataType.INT32).fmodi(3).castTo(DataType.BOOL);
        SafetensorsWriter.create()
                .add("x", truths, DType.I64)
                .add("b", truths, DType.BOOL)
                .write(target());
        try (SafetensorsFile written = SafetensorsFile.open(target())) {
            INDArray expected = truths.castTo(DataType.DOUBLE);
            Closeness.assertSameBits("x", written.load("x", DataType.DOUBLE), expected);
            Closeness.assertSameBits("b", written.load("b", DataType.DOUBLE), expected);
            SafetensorsWriter.create()
                    .add(TensorSource.copy(written, "b", new TensorInfo("c", DType.I64, 200_003)))
                    .write(folder.resolve("again"));
        }
        try (SafetensorsFile again = SafetensorsFile.open(folder.resolve("again"))) {
            Closeness.assertSameBits("c", again.load("c", DataType.DOUBLE), truths.castTo(DataType.DOUBLE));
        }
    }

    @Test
    void writesWholeNumbersScalarsAndNothing() throws IOException {
        SafetensorsWriter.create()
                .add("ids", Nd4j.createFromArray(1L, -2L, 1L << 40), DType.I64)
                .add("scalar", Nd4j.scalar(1.5f), DType.F32)
                .add("none", Nd4j.create(DataType.FLOAT, 0, 3), DType.F32)
                .write(target());
        try (SafetensorsFile written = SafetensorsFile.open(target())) {
            assertThat(written.load("ids", DataType.INT64).toLongVector()).containsExactly(1, -2, 1L << 40);
            assertThat(written.info("scalar").shape()).isEmpty();
            assertThat(written.load("scalar", DataType.FLOAT).getFloat(0)).isEqualTo(1.5f);
            assertThat(written.info("none").shape()).containsExactly(0, 3);
        }
    }
}
