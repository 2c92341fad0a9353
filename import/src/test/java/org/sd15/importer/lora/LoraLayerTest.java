package org.sd15.importer.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sd15.importer.lora.SmallLora.array;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What one layer of a LoRA adds to a weight. */
class LoraLayerTest {

    @TempDir
    private Path folder;

    @Test
    void aLayerIsAddedAsAlphaByRankTimesUpTimesDown() {
        INDArray down = array("down", 2, 3, 3, 3);
        INDArray up = array("up", 5, 2, 1, 1);
        INDArray delta = new LoraLayer(down, up, 0.5).delta(5, 3, 3, 3);
        for (int o = 0; o < 5; o++) {
            for (int i = 0; i < 3; i++) {
                for (int y = 0; y < 3; y++) {
                    for (int x = 0; x < 3; x++) {
                        double expected = 0.25
                                * (up.getDouble(o, 0, 0, 0) * down.getDouble(0, i, y, x)
                                        + up.getDouble(o, 1, 0, 0) * down.getDouble(1, i, y, x));
                        assertThat(delta.getDouble(o, i, y, x)).isEqualTo(expected, within(1e-6));
                    }
                }
            }
        }
    }

    @Test
    void halvesThatDoNotBelongTogetherAreRefused() {
        assertThatThrownBy(() -> new LoraLayer(array("a", 2, 32), array("b", 32, 3), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("[2, 32]", "[32, 3]");
        assertThatThrownBy(() -> new LoraLayer(array("a", 2, 32), array("b", 32, 2), Double.NaN))
                .hasMessageContaining("alpha is NaN");
        LoraLayer layer = LoraLayer.of(array("a", 2, 32), array("b", 32, 2));
        assertThat(layer.alpha()).isEqualTo(2);
        assertThatThrownBy(() -> layer.delta(32, 31))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("[2, 32]", "[32, 2]", "do not fit a weight of [32, 31]");
        LoraWeights.Builder builder = LoraWeights.builder().add(LoraModule.unet("x"), layer);
        assertThatThrownBy(() -> builder.add(LoraModule.unet("x"), layer)).hasMessageContaining("unet.x twice");
        assertThatThrownBy(() -> LoraFile.write(
                        LoraWeights.builder().build(), LoraFormat.PEFT, folder.resolve("none.safetensors")))
                .hasMessageContaining("without layers");
    }
}
