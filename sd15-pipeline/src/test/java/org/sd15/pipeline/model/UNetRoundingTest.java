package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.largestDifference;
import static org.sd15.testing.Closeness.relativeNorm;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.testing.Fixture;
import org.sd15.unet.UNetInput;

/**
 * What rounding does to a prediction: the fused UNet in float32 against PyTorch's in float64, made by
 * tools/reference/saved_schedulers.py. PyTorch's own float32 is 1.7e-7 away. With one sum over all products of a convolution
 * it would be 4e-7, and runs of KDPM2 ancestral would end up to 1.7e-2 from diffusers.
 */
class UNetRoundingTest {

    private static final double NORM = 2e-7;

    private static StableDiffusion model;
    private static Fixture record;

    @BeforeAll
    static void load() throws IOException {
        model = StableDiffusion.load(Fixture.resource("sd15-pipeline", "shapes"), FusedExecution.create());
        record = Fixture.of("sd15-pipeline", "schedulers-saved/rounding");
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {981, 901, 501, 101})
    void isNotMoreThanPyTorchs(int timestep) {
        INDArray sample = record.get("sample");
        INDArray exact = record.get("float64." + timestep, DataType.DOUBLE);
        INDArray predicted = model.unet()
                .predict(UNetInput.of(Nd4j.concat(0, sample, sample), timestep, record.get("states")))
                .castTo(DataType.DOUBLE);
        INDArray theirs = record.get("float32." + timestep).castTo(DataType.DOUBLE);

        assertThat(relativeNorm(predicted, exact)).isLessThan(NORM);
        assertThat(relativeNorm(theirs, exact)).isBetween(NORM / 2, NORM);
        assertThat(largestDifference(predicted, exact)).isLessThan(2e-6);
    }
}
