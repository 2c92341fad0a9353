package org.sd15.unet;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.testing.fused.Formulations;

/** The topology of Stable Diffusion 1.5 at a hundredth of its width, weights by the rule; its numbers are diffusers'. */
final class TinySd {

    static final Fixture CASES = Fixture.of("sd15-unet", "tiny-sd/unet");

    private TinySd() {}

    static UNetConfig config() {
        UNetConfig sd15 = UNetConfig.sd15();
        return new UNetConfig(
                4, 4, List.of(32, 48, 64, 64), sd15.downBlockTypes(), sd15.upBlockTypes(), 2, 8, 32, 16, 1e-5, false);
    }

    static UNet unet(DataType type) {
        return new UNet(config(), Rule.weights("", type), type);
    }

    static UNet unet(Formulations formulation) {
        return new UNet(config(), Rule.weights("", DataType.FLOAT), DataType.FLOAT, formulation.execution());
    }

    /** One of the cases {@code square}, {@code wide} and {@code odd}. */
    static UNetInput input(String name) {
        INDArray timesteps = CASES.get(name + "/timestep", DataType.DOUBLE);
        return new UNetInput(CASES.get(name + "/sample"), timesteps.data().asDouble(), CASES.get(name + "/context"));
    }

    /** Several rows of different pictures, texts and times. */
    static UNetInput rows(int batch, int height, int width) {
        double[] timesteps = new double[batch];
        Arrays.setAll(timesteps, i -> 981 - 160 * i);
        return new UNetInput(
                Rule.input("rows.sample", DataType.FLOAT, batch, 4, height, width),
                timesteps,
                Rule.input("rows.context", DataType.FLOAT, batch, 77, 32));
    }
}
