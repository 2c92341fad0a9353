package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.attention.graph.FeatureMap;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;
import org.sd15.testing.BlockCase;
import org.sd15.testing.BlockCase.Differences;
import org.sd15.testing.Fixture;

/**
 * Every block, with the gradients of all its weights and inputs, against diffusers 0.42.1 in PyTorch 2.15: in float64,
 * and in float32 within four times PyTorch's own distance between the two.
 */
class BlocksTest {

    private static final double FLOAT64 = 1e-10;
    private static final double FLOAT32_OUTPUT = 4 * 5e-7;
    private static final double FLOAT32_GRADIENT = 4 * 1.5e-6;

    private static final int CHANNELS = 16;
    private static final int GROUPS = 8;
    private static final int HEADS = 4;

    enum Case implements BlockCase.Block {
        RESNET_SAME((scope, in) -> resnet(scope, in, 16, 1e-5, true)),
        RESNET_WIDER((scope, in) -> resnet(scope, in, 24, 1e-5, true)),
        RESNET_VAE((scope, in) -> resnet(scope, in, 24, 1e-6, false)),
        TRANSFORMER_CONV((scope, in) -> transformer(scope, in, false)),
        TRANSFORMER_LINEAR((scope, in) -> transformer(scope, in, true)),
        TRANSFORMER_BLOCK((scope, in) -> new BasicTransformerBlock(HEADS)
                .apply(scope, Tokens.of(in.apply("x"), 48, CHANNELS), context(in))
                .array()),
        FEED_FORWARD((scope, in) ->
                FeedForward.apply(scope, Tokens.of(in.apply("x"), 48, CHANNELS)).array()),
        DOWNSAMPLE((scope, in) -> Downsample2D.UNET.apply(scope, map(in, 6, 8)).nchw()),
        DOWNSAMPLE_ODD(
                (scope, in) -> Downsample2D.UNET.apply(scope, map(in, 5, 7)).nchw()),
        DOWNSAMPLE_VAE(
                (scope, in) -> Downsample2D.VAE.apply(scope, map(in, 6, 8)).nchw()),
        UPSAMPLE((scope, in) -> Upsample2D.apply(scope, map(in, 6, 8)).nchw()),
        UPSAMPLE_TO_SIZE(
                (scope, in) -> Upsample2D.apply(scope, map(in, 3, 4), 5, 7).nchw()),
        TIMESTEP((scope, in) -> TimestepEmbedding.apply(scope, new Tokens(in.apply("sinusoid"), 1, 16), 32)
                .rows());

        private final BlockCase.Block block;

        Case(BlockCase.Block block) {
            this.block = block;
        }

        @Override
        public SDVariable apply(Scope scope, Function<String, SDVariable> input) {
            return block.apply(scope, input);
        }

        Fixture file() {
            return Fixture.of(
                    "sd15-unet",
                    "blocks/" + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
        }
    }

    @ParameterizedTest
    @EnumSource
    void isPyTorchsInFloat64(Case block) {
        Differences differences = BlockCase.compare(block.file(), DataType.DOUBLE, block);
        assertThat(differences.output()).as("%s", differences).isLessThan(FLOAT64);
        assertThat(differences.gradient()).as("%s", differences).isLessThan(FLOAT64);
    }

    @ParameterizedTest
    @EnumSource
    void isPyTorchsInFloat32(Case block) {
        Differences differences = BlockCase.compare(block.file(), DataType.FLOAT, block);
        assertThat(differences.output()).as("%s", differences).isLessThan(FLOAT32_OUTPUT);
        assertThat(differences.gradient()).as("%s", differences).isLessThan(FLOAT32_GRADIENT);
    }

    /** Sums of another order than PyTorch's: ten times its own distance from float64. */
    @ParameterizedTest
    @EnumSource
    void fusedIsPyTorchsInFloat32(Case block) {
        Differences differences = BlockCase.compare(block.file(), DataType.FLOAT, FusedExecution.create(), block);
        assertThat(differences.output()).as("%s", differences).isLessThan(10 * 5e-7);
        assertThat(differences.gradient()).as("%s", differences).isLessThan(10 * 1.5e-6);
    }

    private static FeatureMap map(Function<String, SDVariable> in, int height, int width) {
        return FeatureMap.ofNchw(in.apply("x"), CHANNELS, height, width);
    }

    private static Tokens context(Function<String, SDVariable> in) {
        return Tokens.of(in.apply("context"), 9, 20);
    }

    private static SDVariable resnet(Scope scope, Function<String, SDVariable> in, int out, double eps, boolean time) {
        Tokens embedding = time ? new Tokens(in.apply("temb"), 1, 32).map(scope.formulation()::silu) : null;
        return new ResnetBlock2D(out, GROUPS, eps)
                .apply(scope, map(in, 6, 8), embedding)
                .nchw();
    }

    private static SDVariable transformer(Scope scope, Function<String, SDVariable> in, boolean linear) {
        return new Transformer2DModel(HEADS, GROUPS, linear)
                .apply(scope, map(in, 6, 8), context(in))
                .nchw();
    }
}
