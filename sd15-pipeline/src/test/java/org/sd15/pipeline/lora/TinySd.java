package org.sd15.pipeline.lora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.text.ClipTextConfig;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.testing.Fixture;
import org.sd15.testing.Rule;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetConfig;
import org.sd15.unet.UNetInput;

/** The small model that the reference LoRAs were made for; its weights are functions of their names. */
final class TinySd implements AutoCloseable {

    static final Fixture OUTPUTS = Fixture.of("sd15-pipeline", "lora/lora_outputs");

    final UNet unet = new UNet(config(), Rule.weights("", DataType.FLOAT));
    final ClipTextEncoder text =
            new ClipTextEncoder(new ClipTextConfig(49408, 32, 128, 2, 4, 77, 1e-5), Rule.weights("", DataType.FLOAT));
    final Loras loras = new Loras(unet, text);

    private static UNetConfig config() {
        UNetConfig usual = UNetConfig.sd15();
        return new UNetConfig(
                4, 4, List.of(32, 48, 64, 64), usual.downBlockTypes(), usual.upBlockTypes(), 2, 8, 32, 16, 1e-5, false);
    }

    static Path file(String name) {
        return Fixture.resource("import", "lora/" + name);
    }

    LoraWeights read(String name) throws IOException {
        return LoraFile.read(file(name + ".safetensors"), loras.targets());
    }

    INDArray predict() {
        return predict(unet);
    }

    /** What a handle on the UNet predicts. */
    INDArray predict(UNet handle) {
        INDArray steps = OUTPUTS.get("input.timesteps");
        double[] timesteps = {steps.getDouble(0), steps.getDouble(1)};
        return handle.predict(new UNetInput(OUTPUTS.get("input.latents"), timesteps, OUTPUTS.get("input.context")));
    }

    INDArray encode() {
        return text.encode(ids(OUTPUTS.get("input.ids")));
    }

    static int[][] ids(INDArray ids) {
        return IntStream.range(0, (int) ids.size(0))
                .mapToObj(i -> ids.getRow(i).toIntVector())
                .toArray(int[][]::new);
    }

    @Override
    public void close() {
        unet.close();
        text.close();
    }
}
