package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.Sampler;

/** DDIM backwards, plain and solved, on a model in closed form, float64. */
class DdimInverterTest {

    @Test
    void theErrorOfTheWayBackFallsWithTheStepsButDoesNotVanish() {
        double few = error(new DdimInverter(), 10);
        double more = error(new DdimInverter(), 40);
        assertThat(few).isGreaterThan(2 * more);
        assertThat(more).isGreaterThan(1e-4);
    }

    @Test
    void oneIterationIsThePlainWay() {
        Inversion plain = new DdimInverter().invert(Toy.inputs(5, 1));
        Inversion solved = new FixedPointInverter(1).invert(Toy.inputs(5, 1));
        for (int level = 0; level <= 5; level++) {
            assertSameBits("level " + level, solved.level(level), plain.level(level));
        }
    }

    @Test
    void stepsThatAreSolvedLeadBack() {
        double plain = error(new DdimInverter(), 20);
        double few = error(new FixedPointInverter(3), 20);
        assertThat(few).isLessThan(plain / 5);
        assertThat(error(new FixedPointInverter(60), 20)).isLessThan(1e-12);
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> new FixedPointInverter(0)).hasMessageContaining("at least 1");
    }

    private static double error(Inverter inverter, int steps) {
        InversionInputs inputs = Toy.inputs(steps, 1);
        Inversion inversion = inverter.invert(inputs);
        Sampler sampler = inversion.schedule().sampler(inputs.config(), 0);
        INDArray x = inversion.level(steps);
        for (int call = 0; call < steps; call++) {
            x = sampler.step(call, inputs.predict(x, sampler.timestep(call), 1), x, null)
                    .prevSample();
        }
        return largestDifference(x, inputs.latents());
    }
}
