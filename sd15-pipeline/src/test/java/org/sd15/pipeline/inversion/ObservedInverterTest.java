package org.sd15.pipeline.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who looks on is told of each step, and changes nothing. */
class ObservedInverterTest {

    private static final int STEPS = 5;
    private static final int PICTURES = 2;

    private static final class Counter implements ObservedInverter.Listener {
        private int announced;
        private int steps;

        @Override
        public void begin(InversionInputs inputs, int expected) {
            announced = expected;
        }

        @Override
        public void step() {
            steps++;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ddim", "null-text", "edit-friendly"})
    void eachStepIsToldAndTheInversionIsTheSame(String name) {
        Inverter inverter = switch (name) {
            case "ddim" -> new DdimInverter();
            case "null-text" -> new NullTextInverter(7.5, 2, 1e-2, 0, 0);
            default -> NoiseMapInverter.editFriendly();
        };
        Counter counter = new Counter();
        Inversion observed = new ObservedInverter(inverter, counter).invert(Toy.inputs(STEPS, PICTURES));
        Inversion plain = inverter.invert(Toy.inputs(STEPS, PICTURES));
        assertSameBits("levels", observed.stacked(), plain.stacked());
        assertThat(new ObservedInverter(inverter, counter).toString()).isEqualTo(inverter.toString());
        int passes = name.equals("null-text") ? 1 + PICTURES : 1;
        assertThat(counter.announced).isEqualTo(passes * STEPS);
        assertThat(counter.steps).isBetween(passes * STEPS - passes + 1, counter.announced);
    }

    @Test
    void aWarningBlamesThePartThatLosesThePicture() {
        assertThat(new Reconstruction(30, 31, 0).warning()).isEmpty();
        assertThat(new Reconstruction(19, 20, 0).warning().orElseThrow()).contains("the autoencoder alone loses");
        assertThat(new Reconstruction(16.9, 20, 0).warning().orElseThrow()).contains("edits change too much");
        assertThat(new Reconstruction(25, 31, 0).warning().orElseThrow()).contains("edits change too much");
        assertThat(new Reconstruction(Double.NaN, 31, 0).isBad()).isTrue();
    }
}
