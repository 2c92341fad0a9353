package org.sd15.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sd15.attention.graph.ParameterSpec;
import org.sd15.unet.UNetConfig.DownBlockType;
import org.sd15.unet.UNetConfig.UpBlockType;

class UNetConfigTest {

    static Stream<UNetConfig> configs() {
        return Stream.of(
                UNetConfig.sd15(), TinySd.config(), Small.config(9), with(List.of(16, 24, 24, 40, 8), 3, 4, 1e-5));
    }

    private static UNetConfig with(List<Integer> widths, int layers, int heads, double epsilon) {
        int levels = widths.size();
        return new UNetConfig(
                4,
                4,
                widths,
                Collections.nCopies(levels, DownBlockType.CrossAttnDownBlock2D),
                Collections.nCopies(levels, UpBlockType.CrossAttnUpBlock2D),
                layers,
                heads,
                12,
                8,
                epsilon,
                false);
    }

    @ParameterizedTest
    @MethodSource("configs")
    void countsTheParametersThatTheGraphAsksFor(UNetConfig config) {
        assertThat(config.parameterCount())
                .isEqualTo(UNet.parameters(config).stream()
                        .mapToLong(ParameterSpec::length)
                        .sum());
    }

    @Test
    void stableDiffusionHas859MillionParameters() {
        assertThat(UNetConfig.sd15().parameterCount()).isEqualTo(859_520_964);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0          | 4          | 1e-5     | layers_per_block is 0, must be from 1 to 16
            17         | 4          | 1e-5     | layers_per_block is 17, must be from 1 to 16
            2147483647 | 4          | 1e-5     | layers_per_block is 2147483647, must be from 1 to 16
            1          | 0          | 1e-5     | attention_head_dim (the number of heads) is 0, must be from 1 to 256
            1          | 257        | 1e-5     | attention_head_dim (the number of heads) is 257, must be from 1 to 256
            1          | 4          | 0        | norm_eps is 0, must be from 1.0E-12 to 1
            1          | 4          | 1.1      | norm_eps is 1.1, must be from 1.0E-12 to 1
            1          | 4          | NaN      | norm_eps is NaN, must be from 1.0E-12 to 1
            1          | 4          | Infinity | norm_eps is Infinity, must be from 1.0E-12 to 1
            """)
    void refusesANumberThatCannotBeWithWhatItMayBe(int layers, int heads, double epsilon, String message) {
        assertThatThrownBy(() -> with(List.of(16, 16), layers, heads, epsilon))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("UNet config: " + message);
    }

    @Test
    void refusesLevelsAndWidthsBeyondTheirBounds() {
        assertThatThrownBy(() -> with(Collections.nCopies(9, 16), 1, 4, 1e-5))
                .hasMessage("UNet config: levels of block_out_channels is 9, must be from 1 to 8");
        assertThatThrownBy(() -> with(List.of(8200), 1, 4, 1e-5))
                .hasMessage("UNet config: block_out_channels is 8200, must be from 1 to 8192");
    }

    @Test
    void refusesNumbersThatAreEachPossibleButNotAllAtOnce() {
        UNetConfig vast = with(Collections.nCopies(8, 8192), 16, 4, 1e-5);
        assertThatThrownBy(() -> UNet.parameters(vast))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("UNet config", "parameters, 4,000,000,000 at most");
    }
}
