package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.inversion.NoiseMapInverter.LastNoise;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.schedule.Sampler;
import org.sd15.pipeline.words.Conformance;

/** Edit-friendly DDPM and LEDITS++ inversion on a model in closed form, float64. */
class NoiseMapInverterTest {

    static Stream<NoiseMapInverter> exact() {
        return Stream.of(
                NoiseMapInverter.editFriendly(),
                NoiseMapInverter.editFriendly(1, 0.5, Conformance.CORRECTED),
                NoiseMapInverter.leditsPlusPlus(0.15, 0, Conformance.CORRECTED),
                NoiseMapInverter.leditsPlusPlus(0, 3.5, Conformance.CORRECTED));
    }

    /** EF-1. */
    @ParameterizedTest
    @MethodSource("exact")
    void leadsBackForAnyNumberOfSteps(NoiseMapInverter inverter) {
        for (int steps : List.of(1, 2, 5, 10, 12, 14, 15, 20, 50)) {
            InversionInputs inputs = Toy.inputs(steps, 1);
            Inversion inversion = inverter.invert(inputs);
            List<INDArray> back = back(inputs, inversion, inverter.guidance());
            for (int i = 1; i < steps; i++) {
                assertSameBits("level " + i, back.get(i), inversion.level(steps - i));
            }
            assertThat(largestDifference(back.get(steps), inputs.latents()))
                    .as("%d steps", steps)
                    .isLessThan(1e-13);
        }
    }

    @ParameterizedTest
    @MethodSource("exact")
    void severalPicturesAreInvertedAsIfEachWereAlone(NoiseMapInverter inverter) {
        InversionInputs both = Toy.inputs(6, 2);
        Inversion together = inverter.invert(both);
        for (int picture = 0; picture < 2; picture++) {
            Inversion alone = inverter.invert(Toy.only(both, picture));
            Inversion one = together.picture(picture);
            for (int step = 0; step < 6; step++) {
                assertClose("map", one.noiseMaps().get(step), alone.noiseMaps().get(step), 1e-12);
                assertClose("level", one.level(step + 1), alone.level(step + 1), 1e-12);
            }
        }
    }

    /** EF-2. The sigma of the last step of 50 by DDIM's equation 16 is 0.0206483. */
    @Test
    void withoutTheLastNoiseThePictureIsOffByJustThat() {
        InversionInputs inputs = Toy.inputs(50, 1);
        NoiseMapInverter kept = NoiseMapInverter.editFriendly();
        NoiseMapInverter zero = new NoiseMapInverter(kept.schedule(), kept.guidance(), LastNoise.ZERO);
        INDArray map = kept.invert(inputs).noiseMaps().get(49);
        Inversion without = zero.invert(Toy.inputs(50, 1));
        Sampler sampler = without.schedule().sampler(inputs.config(), 0);
        assertThat(sampler.noiseScale(49)).isCloseTo(0.0206483, within(1e-7));
        INDArray back = back(inputs, without, kept.guidance()).get(50);
        assertThat(largestDifference(inputs.latents().sub(back), map.mul(sampler.noiseScale(49))))
                .isLessThan(1e-13);
    }

    /** EF-4: the more steps are left out, the less is to be drawn; with all left out, where a run starts is the picture. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 12, 19})
    void fromAnyLevelThePictureComesBack(int skipped) {
        InversionInputs inputs = Toy.inputs(20, 1);
        NoiseMapInverter inverter = NoiseMapInverter.editFriendly();
        Inversion inversion = inverter.invert(inputs);
        Sampler sampler = inversion.schedule().sampler(inputs.config(), skipped);
        assertThat(sampler.calls()).isEqualTo(20 - skipped);
        assertSameBits("all left out", inversion.level(0), inputs.latents());
        INDArray x = inversion.level(20 - skipped);
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray prediction = inputs.predict(x, sampler.timestep(call), inverter.guidance());
            INDArray map = inversion.noiseMaps().get(skipped + call);
            x = sampler.step(call, prediction, x, map).prevSample();
        }
        assertThat(largestDifference(x, inputs.latents())).isLessThan(1e-13);
    }

    /**
     * EF-3: levels with noise of their own, instead of a chain, make the noise maps larger than white noise, and turn
     * each against the next (section 3 of the paper).
     */
    @Test
    void theNoiseMapsAreNotWhiteNoise() {
        List<INDArray> maps =
                NoiseMapInverter.editFriendly().invert(Toy.inputs(50, 4)).noiseMaps();
        double variance = 0;
        double covariance = 0;
        for (int i = 1; i < 49; i++) {
            variance += maps.get(i).mul(maps.get(i)).meanNumber().doubleValue() / 48;
            covariance += maps.get(i).mul(maps.get(i + 1)).meanNumber().doubleValue() / 48;
        }
        assertThat(variance).isGreaterThan(1.2);
        assertThat(covariance / variance).isLessThan(-0.1);
    }

    /** z by the formula of edit-friendly inversion, written out. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 0.5})
    void theNoiseMapIsWhatIsMissingToTheLevelBelow(double eta) {
        for (Conformance conformance : Conformance.values()) {
            InversionInputs inputs = Toy.inputs(20, 1);
            Inversion inversion =
                    NoiseMapInverter.editFriendly(1, eta, conformance).invert(inputs);
            DdimScheduler ddim = new DdimScheduler(inputs.config(), eta);
            int timestep = 501;
            int call = (951 - timestep) / 50;
            double from = ddim.noiseSchedule().alphaCumprod(timestep);
            double to = ddim.noiseSchedule().alphaCumprod(timestep - 50);
            double variance = (1 - to) / (1 - from) * (1 - from / to);
            INDArray x = inversion.level(20 - call);
            INDArray prediction = inputs.predict(x, timestep, 1);
            INDArray original = x.sub(prediction.mul(Math.sqrt(1 - from))).div(Math.sqrt(from));
            double share = conformance == Conformance.REFERENCE ? eta : eta * eta;
            INDArray mean = original.mul(Math.sqrt(to)).add(prediction.mul(Math.sqrt(1 - to - share * variance)));
            INDArray map = inversion.level(19 - call).sub(mean).div(eta * Math.sqrt(variance));
            assertThat(largestDifference(inversion.noiseMaps().get(call), map)).isLessThan(1e-12);
        }
    }

    @Test
    void theNoiseOfEachLevelIsItsOwnAndDrawnFromTheLowestUp() {
        InversionInputs inputs = Toy.inputs(4, 1);
        Inversion inversion = NoiseMapInverter.editFriendly().invert(inputs);
        Sampler sampler = inversion.schedule().sampler(inputs.config(), 0);
        INDArray noise = null;
        InversionInputs again = Toy.inputs(4, 1);
        for (int i = 0; i < 4; i++) {
            noise = again.noise().get();
        }
        assertSameBits("noisiest", inversion.level(4), sampler.addNoise(inputs.latents(), noise, 0));
    }

    /** ml-research/ledits_pp and diffusers 0.42.1. */
    @Test
    void takesThePublishedTimesteps() {
        assertThat(timesteps(0.1, 50, Conformance.CORRECTED))
                .startsWith(899, 880, 862, 844, 825)
                .endsWith(37, 19, 1);
        assertThat(timesteps(0.15, 50, Conformance.CORRECTED)).startsWith(849, 831, 814, 797, 779);
        assertThat(timesteps(0.25, 50, Conformance.CORRECTED)).startsWith(749, 733, 718);
        assertThat(timesteps(0.1, 50, Conformance.REFERENCE))
                .startsWith(851, 834, 817, 800)
                .endsWith(52, 35, 18);
        assertThat(timesteps(0.15, 30, Conformance.REFERENCE))
                .startsWith(841, 813, 785, 757)
                .endsWith(57, 29);
    }

    @Test
    void refusesStepsThatDontFitAndSkippingWhatASolverBuildsOn() {
        assertThatThrownBy(() -> timesteps(0.99, 50, Conformance.CORRECTED)).hasMessageContaining("50 steps");
        InversionSchedule schedule = NoiseMapInverter.leditsPlusPlus(0.1, 0, Conformance.CORRECTED)
                .schedule()
                .apply(10);
        assertThatThrownBy(() -> schedule.sampler(Toy.CONFIG, 2))
                .hasMessageContaining("give the skip to the inversion");
        assertThatThrownBy(() -> NoiseMapInverter.editFriendly(1, 0, Conformance.CORRECTED))
                .hasMessageContaining("eta");
    }

    private static List<Integer> timesteps(double skip, int steps, Conformance conformance) {
        InversionSchedule schedule =
                NoiseMapInverter.leditsPlusPlus(skip, 0, conformance).schedule().apply(steps);
        return ((InversionSchedule.DpmSolver) schedule).timesteps();
    }

    /** The latents of every level, from the noise down, drawn with the noise maps. */
    static List<INDArray> back(InversionInputs inputs, Inversion inversion, double guidance) {
        Sampler sampler = inversion.schedule().sampler(inputs.config(), 0);
        List<INDArray> levels = new ArrayList<>(List.of(inversion.level(inversion.steps())));
        for (int call = 0; call < sampler.calls(); call++) {
            INDArray x = levels.get(call);
            INDArray prediction = inputs.predict(x, sampler.timestep(call), guidance);
            levels.add(sampler.step(call, prediction, x, inversion.noiseMaps().get(call))
                    .prevSample());
        }
        return levels;
    }
}
