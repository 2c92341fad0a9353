package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sd15.testing.Closeness.assertSameBits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A LoRA in the layout of kohya's scripts has the same numbers as one in PEFT's. */
class KohyaLayoutTest {

    @TempDir
    private Path folder;

    @Test
    void theSameNumbersHaveKohyasNames() throws IOException {
        Map<String, INDArray> peft = trained("peft");
        Map<String, INDArray> kohya = trained("kohya");
        assertThat(kohya).hasSize(peft.size() / 2 * 3); // down, up and alpha
        String module = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k";
        String stem = "lora_unet_" + module.replace('.', '_');
        assertSameBits("up", get(kohya, stem + ".lora_up.weight"), get(peft, "unet." + module + ".lora_B.weight"));
        assertSameBits("down", get(kohya, stem + ".lora_down.weight"), get(peft, "unet." + module + ".lora_A.weight"));
        assertThat(get(kohya, stem + ".alpha").getDouble(0)).isEqualTo(3);
    }

    private Map<String, INDArray> trained(String format) throws IOException {
        ShortTraining training = new ShortTraining(folder);
        String[] options = {
            "--data", training.data(), "--train-steps", "1", "--rank", "2", "--alpha", "3", "--format", format
        };
        Cli cli = training.run("lora", format + ".safetensors", options);
        assertThat(cli.exit()).as(cli.err()).isZero();
        return Tensors.readAll(folder.resolve(format + ".safetensors"));
    }

    private static INDArray get(Map<String, INDArray> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }
}
