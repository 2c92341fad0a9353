package org.sd15.unet;

import static org.sd15.testing.Closeness.assertClose;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

/**
 * Other UNets of the family against diffusers 0.42.1: nine and eight input channels, linear projections, one level and
 * five, attention at any of them, other heads on each, odd sides, two times in a batch. Made by {@code tools/reference/make_variants.py}.
 */
class VariantsTest {

    private static final DownBlockType CROSS = DownBlockType.CrossAttnDownBlock2D;
    private static final DownBlockType DOWN = DownBlockType.DownBlock2D;
    private static final UpBlockType CROSS_UP = UpBlockType.CrossAttnUpBlock2D;
    private static final UpBlockType UP = UpBlockType.UpBlock2D;

    enum Variant {
        INPAINTING(9, List.of(16, 24), List.of(CROSS, DOWN), List.of(UP, CROSS_UP), 1, false),
        INSTRUCTIONS(8, List.of(16, 32, 32), List.of(CROSS, CROSS, DOWN), List.of(UP, CROSS_UP, CROSS_UP), 2, true),
        DEEP(
                4,
                List.of(16, 16, 24, 24, 32),
                List.of(DOWN, CROSS, DOWN, CROSS, CROSS),
                List.of(CROSS_UP, UP, CROSS_UP, CROSS_UP, UP),
                3,
                false),
        SINGLE(4, List.of(24), List.of(CROSS), List.of(CROSS_UP), 2, false),
        HEADS(new UNetConfig(
                4,
                4,
                List.of(16, 24, 32),
                List.of(CROSS, CROSS, CROSS),
                List.of(CROSS_UP, CROSS_UP, CROSS_UP),
                1,
                List.of(2, 3, 8),
                20,
                8,
                1e-5,
                false));

        private final UNetConfig config;

        Variant(
                int channels,
                List<Integer> widths,
                List<DownBlockType> down,
                List<UpBlockType> up,
                int layers,
                boolean linear) {
            this(new UNetConfig(channels, 4, widths, down, up, layers, 4, 20, 8, 1e-5, linear));
        }

        Variant(UNetConfig config) {
            this.config = config;
        }
    }

    @ParameterizedTest
    @EnumSource
    void predictsWhatDiffusersPredicts(Variant variant) {
        Fixture file = Fixture.of("sd15-unet", variant == Variant.HEADS ? "variant-heads" : "variants");
        String name = variant.name().toLowerCase(java.util.Locale.ROOT);
        int channels = variant.config.inChannels();
        UNetInput input = new UNetInput(
                Rule.input("input." + name + ".sample", DataType.FLOAT, 2, channels, 11, 6),
                new double[] {7, 803},
                Rule.input("input." + name + ".context", DataType.FLOAT, 2, 9, 20));
        try (UNet unet = new UNet(variant.config, Rule.weights("", DataType.FLOAT))) {
            assertClose(name, unet.predict(input), file.get(name + "/out"), 4 * 2.1e-6);
        }
        try (UNet unet =
                new UNet(variant.config, Rule.weights("", DataType.FLOAT), DataType.FLOAT, FusedExecution.create())) {
            assertClose(name, unet.predict(input), file.get(name + "/out"), 4 * 2.1e-6);
        }
        try (UNet unet = new UNet(variant.config, Rule.weights("", DataType.DOUBLE), DataType.DOUBLE)) {
            assertClose(
                    name,
                    unet.predict(input),
                    file.get(name + "/out-f64"),
                    1e-7); // but for the rounding of the sinusoid
        }
    }
}
